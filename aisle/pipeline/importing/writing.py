"""What was accepted becomes lines of the landing zone; what was refused keeps its own text."""

import gzip
import json
from collections.abc import Iterator
from itertools import tee
from pathlib import Path

import duckdb

from aisle.core.errors import AisleError
from aisle.pipeline.importing.mapping import Kind
from aisle.pipeline.importing.staging import ShopFile, Watch

SQL = Path(__file__).parent
ROWS_AT_ONCE = 10_000


def write_events(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    buckets: int,
    received_at: str,
    watch: Watch,
) -> tuple[int, int, int]:
    """Write one file a bucket; return rows, events, and orders whose id other users share."""
    folder.mkdir(parents=True)
    gather = (SQL / "gather_events.sql").read_text()
    rows = events = shared = 0
    for bucket in range(buckets):
        connection.execute(gather, {"bucket": bucket, "received_at": received_at})
        ready = connection.table("ready")
        summed = ready.aggregate(
            "coalesce(sum(row_count), 0)::bigint, count(*), count_if(is_shared)"
        )
        found = summed.fetchall()[0]
        rows, events, shared = rows + found[0], events + found[1], shared + found[2]
        if found[1]:
            lines = ready.order("event_at, message_id").project("line")
            _write_lines(lines, folder / f"part-{bucket:04}.jsonl.gz")
        watch("writing events", (bucket + 1) / buckets)
    return rows, events, shared


def write_records(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Write the accepted records of the catalogue or of the customers; return how many."""
    path.parent.mkdir(parents=True)
    accepted = connection.table("judged").filter("reason is null")
    _write_lines(accepted.order("file_number, record").project("line"), path)
    return int(accepted.shape[0])


def write_refused(
    connection: duckdb.DuckDBPyConnection, kind: Kind, files: list[ShopFile], path: Path
) -> int:
    """Append the refused rows with reason, file, line and original text; return how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    query = (SQL / "list_refused.sql").read_text()
    written = 0
    with path.open("ab") as raw, gzip.GzipFile("", "ab", mtime=0, fileobj=raw) as target:
        for number, file in enumerate(files):
            cursor = connection.cursor().execute(query, {"file_number": number})
            for line in _refused_lines(kind, file, _rows(cursor)):
                target.write(line.encode())
                written += 1
    return written


def _refused_lines(kind: Kind, file: ShopFile, rows: Iterator[tuple[int, str]]) -> Iterator[str]:
    """Yield one JSON line for each refused record, its text taken from the file itself."""
    first, second = tee(rows)
    originals = file.reader.originals(record for record, _ in first)
    for (record, reason), original in zip(second, originals, strict=True):
        if original.record != record:
            raise AisleError(
                f"{file.name} changed while it was imported: import it again. Nothing was imported."
            )
        content = {
            "kind": kind,
            "source_file": file.name,
            "line_number": original.line_number,
            "reason": reason,
            "original": original.text,
        }
        yield json.dumps(content, ensure_ascii=False) + "\n"


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, str]]:
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield from rows


def _write_lines(lines: duckdb.DuckDBPyRelation, path: Path) -> None:
    """Write a column of JSON texts as they are: no quotes around, nothing escaped."""
    lines.write_csv(
        str(path), header=False, sep="\x01", quotechar="", escapechar="", compression="gzip"
    )
