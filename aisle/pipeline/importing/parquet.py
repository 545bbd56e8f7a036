"""Reads Parquet: typed columns become text without losing what the type said."""

import json
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aisle.core.errors import AisleError
from aisle.pipeline.importing.columns import Columns
from aisle.pipeline.importing.reader import Original, Refusal, to_batch
from aisle.pipeline.importing.source import Source

ROWS_AT_ONCE = 100_000
EXACT_WHOLE_NUMBERS = 2.0**53  # beyond it, and at infinity, floats skip numbers


class ParquetReader:
    """One Parquet file."""

    has_types = True

    def __init__(self, source: Source) -> None:
        """Read the file's footer; refuse a file that is cut off or has no row."""
        self.note = ""
        self._path = source.path
        self._rows_read = 0
        try:
            self._file = pq.ParquetFile(source.path)
        except (pa.ArrowInvalid, OSError) as error:
            raise AisleError(
                f"{source.path} is not a whole Parquet file ({error}). Nothing was imported."
            ) from error
        self.columns: list[str] = self._file.schema_arrow.names
        if not self._file.metadata.num_rows:
            raise AisleError(f"{source.path} has no row. Nothing was imported.")

    def batches(self, columns: Columns, ours: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows: every record of a Parquet file has all columns."""
        self._rows_read = 0
        for batch in self._batches():
            taken = {name for names in columns.sources.values() for name in names}
            table = {
                name: _text(column) if name in taken else _plain(column)
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            }
            start = self._rows_read + 1
            self._rows_read += batch.num_rows
            records = pa.array(range(start, start + batch.num_rows), pa.int64())
            yield to_batch(records, table, columns, ours)

    def refusals(self) -> list[Refusal]:
        """Return nothing."""
        return []

    def originals(self, records: Iterable[int]) -> Iterator[Original]:
        """Yield these rows as JSON, as a Parquet file has no lines."""
        start, wanted = 1, list(records)
        for batch in self._batches():
            here = [record for record in wanted if start <= record < start + batch.num_rows]
            rows = batch.take(pa.array([record - start for record in here], pa.int64()))
            for record, row in zip(here, rows.to_pylist(), strict=True):
                yield Original(record, record, json.dumps(row, default=str, ensure_ascii=False))
            start += batch.num_rows

    def fraction_read(self) -> float:
        """Return how much of the file was read."""
        return float(self._rows_read / self._file.metadata.num_rows)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._file.iter_batches(batch_size=ROWS_AT_ONCE)
        except (pa.ArrowInvalid, OSError) as error:
            raise AisleError(
                f"{self._path} cannot be read to its end ({error}). Nothing was imported."
            ) from error


def _text(column: pa.Array) -> pa.Array:
    """Return the column as text: whole floats without their .0, zoned times as ISO in UTC."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return _number_text(pc.if_else(pc.is_nan(column), None, column))
    if pa.types.is_timestamp(kind):
        naive = pc.cast(column, pa.timestamp("us"), safe=False).cast(pa.string())
        zone = pa.scalar("Z" if kind.tz else "")
        return pc.binary_join_element_wise(naive, zone, pa.scalar(""))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()])
    return column.cast(pa.string())


def _number_text(column: pa.Array) -> pa.Array:
    """Return floats as text, those that are whole, and exactly so, as integers."""
    is_whole = pc.and_(
        pc.equal(pc.round(column), column), pc.less(pc.abs(column), EXACT_WHOLE_NUMBERS)
    )
    integers = pc.if_else(is_whole, column, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(integers, column.cast(pa.string()))


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
