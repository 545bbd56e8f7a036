"""Landing zone to raw tables: every message exactly once, however often it is run or killed."""

import gzip
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from aisle.core.clock import wall_clock
from aisle.core.errors import AisleError
from aisle.core.landing import KINDS, QUARANTINE
from aisle.core.landing.active_file import finish_abandoned
from aisle.core.landing.bucket import fetch
from aisle.core.landing.sinks import COLLECTED
from aisle.core.settings import Settings
from aisle.core.warehouse import run_script, writer_connection
from aisle.pipeline.loaded_files import (
    LandedFile,
    LoadedFiles,
    NewFiles,
    new_files,
    read_loaded_files,
    remember,
)

log = logging.getLogger(__name__)

SQL = Path(__file__).parent
LINES_AT_ONCE = 100_000
CHARACTERS_AT_ONCE = 32_000_000  # an order may hold thousands of lines

NumberedLine = tuple[str, int, str]  # file, line number, text


@dataclass(frozen=True)
class Batch:
    """What one load did. `rows_seen = rows_loaded + rows_duplicate + rows_quarantined`.

    `rows_refused` were refused by an import or a collector before they could land, so none of the
    sums hold them.
    """

    batch_id: int
    loaded_at: datetime
    files: int = 0
    rows_seen: int = 0
    rows_loaded: int = 0
    rows_duplicate: int = 0
    rows_quarantined: int = 0
    rows_refused: int = 0


def load_raw(settings: Settings, kinds: tuple[str, ...] = KINDS) -> Batch:
    """Load every new file of the landing zone in one transaction; return the batch's counts.

    A kill in the middle rolls the whole batch back. A file counts as loaded by its path and
    content; an event, wherever it lies, by its `message_id`. What was refused is always loaded,
    and of the rest what `kinds` names.
    """
    bring_in(settings)
    with writer_connection(settings) as connection:
        connection.execute((SQL / "raw_schema.sql").read_text())
        connection.begin()
        batch = Batch(batch_id=_next_batch_id(connection), loaded_at=wall_clock())
        loaded = read_loaded_files(connection)
        for kind in kinds:
            files = new_files(settings.landing, kind, loaded)
            for chunk in _chunks(files.to_load):
                batch = _load_chunk(connection, kind, chunk, batch)
            batch = _remember(connection, files, batch)
        batch = _load_refused(connection, settings.landing, loaded, batch)
        if batch.files:
            stored = {
                name: value for name, value in asdict(batch).items() if name != "rows_refused"
            }
            _insert(connection, "raw.batches", stored)
        connection.commit()
    log.info("%s", describe(batch))
    return batch


def bring_in(settings: Settings) -> None:
    """Fetch what collectors put into the bucket, and finish what killed ones left in the folder."""
    if settings.landing_url:
        fetch(settings.landing_url, settings.landing)
    for kind in ("events", QUARANTINE):
        finish_abandoned(settings.landing / kind / COLLECTED)


def describe(batch: Batch) -> str:
    """Return one line a person reads: what came in and where it went."""
    if not batch.files:
        return "nothing new in the landing zone"
    refused = (
        f"; {batch.rows_refused:,} refused by an import or a collector"
        if batch.rows_refused
        else ""
    )
    return (
        f"batch {batch.batch_id}: {batch.rows_seen:,} rows in {batch.files:,} files = "
        f"{batch.rows_loaded:,} loaded + {batch.rows_duplicate:,} duplicates + "
        f"{batch.rows_quarantined:,} quarantined{refused}"
    )


def _next_batch_id(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("select coalesce(max(batch_id), 0) + 1 from raw.batches").fetchone()
    assert row is not None
    return int(row[0])


def _load_refused(
    connection: duckdb.DuckDBPyConnection, landing: Path, loaded: LoadedFiles, batch: Batch
) -> Batch:
    """Load the rows that imports and collectors refused into the quarantine, each once."""
    files = new_files(landing, QUARANTINE, loaded)
    before = connection.table("raw.quarantine").shape[0]
    for chunk in _chunks(files.to_load):
        stamp = {"batch_id": batch.batch_id, "loaded_at": batch.loaded_at}
        with _incoming(connection, chunk):
            run_script(connection, SQL / "load_refused.sql", stamp)
    refused = connection.table("raw.quarantine").shape[0] - before
    return _add(_remember(connection, files, batch), rows_refused=refused)


def _remember(connection: duckdb.DuckDBPyConnection, files: NewFiles, batch: Batch) -> Batch:
    remember(connection, files, batch.batch_id)
    return _add(batch, files=len(files.to_load))


def _chunks(files: list[LandedFile]) -> Iterator[list[NumberedLine]]:
    """Yield all lines in chunks that fit into memory whatever the length of a line."""
    chunk: list[NumberedLine] = []
    characters = 0
    for file in files:
        for line in _numbered_lines(file):
            chunk.append(line)
            characters += len(line[2])
            if len(chunk) >= LINES_AT_ONCE or characters >= CHARACTERS_AT_ONCE:
                yield chunk
                chunk, characters = [], 0
    if chunk:
        yield chunk


def _numbered_lines(file: LandedFile) -> Iterator[NumberedLine]:
    """Yield (file, line number from 1, text) of every line that is not blank.

    Bytes that are not UTF-8 become U+FFFD, so the line is kept and stays findable.
    """
    opener = gzip.open if file.path.suffix == ".gz" else open
    try:
        with opener(file.path, "rt", encoding="utf-8", errors="replace", newline="\n") as text:
            for number, line in enumerate(text, start=1):
                if stripped := line.strip():
                    yield file.name, number, stripped
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise AisleError(
            f"{file.path} is not a whole gzip file ({error}), so nothing was loaded: deliver it "
            "again, or move it out of the landing zone, then run `aisle load-raw`."
        ) from error


def _load_chunk(
    connection: duckdb.DuckDBPyConnection, kind: str, chunk: list[NumberedLine], batch: Batch
) -> Batch:
    stamp = {"batch_id": batch.batch_id, "loaded_at": batch.loaded_at}
    with _incoming(connection, chunk):
        run_script(connection, SQL / f"load_{kind}.sql", stamp)
        run_script(connection, SQL / "load_quarantine.sql", {**stamp, "kind": kind})
    loaded = connection.table("fresh").shape[0]
    quarantined = connection.table("parsed").filter("reason is not null").shape[0]
    return _add(
        batch,
        rows_seen=len(chunk),
        rows_loaded=loaded,
        rows_quarantined=quarantined,
        rows_duplicate=len(chunk) - loaded - quarantined,
    )


@contextmanager
def _incoming(connection: duckdb.DuckDBPyConnection, chunk: list[NumberedLine]) -> Iterator[None]:
    """Show the lines to SQL as the table `incoming`."""
    names, numbers, texts = zip(*chunk, strict=True)
    lines = pa.table({"source_file": names, "line_number": numbers, "line": texts})
    connection.register("incoming", lines)
    yield
    connection.unregister("incoming")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, object]) -> None:
    columns = ", ".join(row)
    values = ", ".join(f"${name}" for name in row)
    connection.execute(f"insert into {table} ({columns}) values ({values})", row)  # noqa: S608


def _add(batch: Batch, **counts: int) -> Batch:
    totals = asdict(batch)
    return Batch(**{**totals, **{name: totals[name] + count for name, count in counts.items()}})
