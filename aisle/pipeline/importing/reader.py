"""What every reader of files offers: batches of rows in our columns, and the original text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from aisle.pipeline.importing.columns import Columns

RECORD = "record"
EXTRAS = "extras"


@dataclass(frozen=True)
class Refusal:
    """A record that could not even be taken apart into columns."""

    record: int
    reason: str


@dataclass(frozen=True)
class Original:
    """The text of a record as it stands in the file, and the line it begins on."""

    record: int
    line_number: int
    text: str


class Reader(Protocol):
    """One file of the shop, opened for reading from its start as often as needed."""

    columns: list[str]
    note: str
    has_types: bool  # whether the file itself says which of its values are numbers

    def batches(self, columns: Columns, ours: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield `record` (its number in the file), each of `ours` as text, and `extras`."""

    def refusals(self) -> list[Refusal]:
        """Return the records that `batches` had to leave out, once it has ended."""

    def originals(self, records: Iterable[int]) -> Iterator[Original]:
        """Yield the original text of these records, in their order."""

    def fraction_read(self) -> float:
        """Return how much of the file `batches` has read, from 0 to 1."""


def to_batch(
    records: pa.Array, table: dict[str, pa.Array], columns: Columns, ours: Sequence[str]
) -> pa.RecordBatch:
    """Return a batch of `record`, our columns as text, and the extra ones as a struct."""
    empty = pa.nulls(len(records), pa.string())
    arrays = [records]
    for name in ours:
        if name in columns.constants:
            arrays.append(pa.array([columns.constants[name]] * len(records), pa.string()))
        else:
            arrays.append(
                _joined([table[theirs] for theirs in columns.sources.get(name, ())], empty)
            )
    extras = [_emptied(table[name]) for name in columns.extras]
    kept = pa.StructArray.from_arrays(extras, list(columns.extras)) if extras else empty
    return pa.record_batch([*arrays, kept], names=[RECORD, *ours, EXTRAS])


def _joined(parts: list[pa.Array], empty: pa.Array) -> pa.Array:
    if len(parts) < 2:
        return parts[0] if parts else empty
    return pc.binary_join_element_wise(*parts, " ", null_handling="skip")


def _emptied(column: pa.Array) -> pa.Array:
    """Return an extra column with nothing where its text is empty."""
    if not pa.types.is_string(column.type):
        return column
    return pc.if_else(pc.equal(column, ""), None, column)
