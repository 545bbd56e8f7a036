"""One kind's files into one table: every row of every file in our columns, with its number."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from aisle.pipeline.importing.columns import OURS, Columns, choose_columns
from aisle.pipeline.importing.delimited import DelimitedReader
from aisle.pipeline.importing.json_lines import JsonLinesReader
from aisle.pipeline.importing.mapping import Kind, KindMapping
from aisle.pipeline.importing.parquet import ParquetReader
from aisle.pipeline.importing.reader import EXTRAS, RECORD, Reader
from aisle.pipeline.importing.source import Source
from aisle.pipeline.importing.text import read_through

SQL = Path(__file__).parent
FILE = "file_number"

Watch = Callable[[str, float], None]  # what is being done, and how much of it is (0 to 1)


@dataclass(frozen=True)
class ShopFile:
    """A file that was recognised: how to read it, and which of its columns is which."""

    name: str
    reader: Reader
    columns: Columns


def open_file(kind: Kind, source: Source, name: str, mapping: KindMapping) -> ShopFile:
    """Return the file ready to be read, after it has passed all that its beginning can show."""
    reader = _reader(source, mapping)
    columns = choose_columns(kind, reader.columns, mapping, str(source.path))
    return ShopFile(name, reader, columns)


def _reader(source: Source, mapping: KindMapping) -> Reader:
    if source.form == "Parquet":
        return ParquetReader(source)
    text = read_through(source, mapping.encoding)
    if source.form == "JSON lines":
        return JsonLinesReader(text)
    return DelimitedReader(text, mapping)


def stage(
    connection: duckdb.DuckDBPyConnection, kind: Kind, files: list[ShopFile], watch: Watch
) -> list[int]:
    """Fill the tables `staged` and `unreadable`; return how many records each file has."""
    _create_tables(connection, kind)
    return [_stage_file(connection, kind, number, file, watch) for number, file in enumerate(files)]


def _create_tables(connection: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    texts = [(name, pa.string()) for name in (*OURS[kind], EXTRAS)]
    numbers = [(FILE, pa.int64()), (RECORD, pa.int64())]
    _create(connection, "staged", pa.schema([*numbers, *texts]))
    _create(connection, "unreadable", pa.schema([*numbers, ("reason", pa.string())]))


def _create(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
    connection.execute(f"drop table if exists {name}")
    connection.from_arrow(schema.empty_table()).create(name)


def _stage_file(
    connection: duckdb.DuckDBPyConnection, kind: Kind, number: int, file: ShopFile, watch: Watch
) -> int:
    insert = (SQL / "stage.sql").read_text()
    rows = 0
    for batch in file.reader.batches(file.columns, OURS[kind]):
        connection.register("incoming", pa.table(batch))
        connection.execute(insert, {FILE: number})
        rows += batch.num_rows
        watch(f"reading {file.name}", file.reader.fraction_read())
    refusals = file.reader.refusals()
    if refusals:
        unreadable = {
            FILE: [number] * len(refusals),
            RECORD: [refusal.record for refusal in refusals],
            "reason": [refusal.reason for refusal in refusals],
        }
        connection.from_arrow(pa.table(unreadable)).insert_into("unreadable")
    return rows + len(refusals)
