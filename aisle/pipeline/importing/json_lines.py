"""Reads JSON lines: one object a line, whatever keys each has."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from aisle.core.errors import AisleError
from aisle.pipeline.importing.columns import Columns
from aisle.pipeline.importing.reader import EXTRAS, RECORD, Original, Refusal, to_batch
from aisle.pipeline.importing.source import ReadBytes
from aisle.pipeline.importing.text import Text

SQL = Path(__file__).parent
LINES_AT_ONCE = 50_000


class JsonLinesReader:
    """One file of JSON lines."""

    has_types = True

    def __init__(self, text: Text) -> None:
        """Collect the keys that the objects have; refuse a file without an object."""
        self._text = text
        self._progress = ReadBytes()
        self._refused: list[int] = []
        self.note = text.note
        self.columns = self._keys()
        if not self.columns:
            raise AisleError(
                f"{text.source.path} holds no JSON object with a key. Nothing was imported."
            )

    def batches(self, columns: Columns, ours: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows; lines that are no JSON object are left out and remembered."""
        self._refused.clear()
        self._progress.count = 0
        wanted = [name for names in columns.sources.values() for name in names]
        parameters = {
            "pointers": [_pointer(name) for name in wanted] or [""],
            "without": _nulls({*self.columns} - {*columns.extras}),
        }
        for rows in self._chunks("json_rows.sql", parameters):
            self._refused += rows.filter(pc.invert(rows["is_object"]))[RECORD].to_pylist()
            good = rows.filter(rows["is_object"]).combine_chunks()
            values = {
                name: pc.list_element(good["fields"], place).combine_chunks()
                for place, name in enumerate(wanted)
            }
            batch = to_batch(_one(good[RECORD]), values, _without_extras(columns), ours)
            place = batch.schema.get_field_index(EXTRAS)
            yield batch.set_column(place, EXTRAS, _one(good[EXTRAS]))

    def refusals(self) -> list[Refusal]:
        """Return the lines that are no JSON object."""
        return [Refusal(record, "not a JSON object") for record in self._refused]

    def originals(self, records: Iterable[int]) -> Iterator[Original]:
        """Yield these lines as they stand."""
        wanted = iter(records)
        record = next(wanted, None)
        for number, line in self._lines():
            if record is None:
                return
            if number == record:
                yield Original(record, number, line)
                record = next(wanted, None)

    def fraction_read(self) -> float:
        """Return how much of the file was read."""
        return self._progress.count / max(1, self._text.source.size_bytes)

    def _keys(self) -> list[str]:
        found: dict[str, None] = {}
        for keys in self._chunks("json_keys.sql", {}):
            found |= dict.fromkeys(keys["name"].to_pylist())
        return list(found)

    def _chunks(self, script: str, parameters: Mapping[str, object]) -> Iterator[pa.Table]:
        """Yield the script's answer on one chunk of lines after the other."""
        query = (SQL / script).read_text()
        lines = self._lines()
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            while chunk := list(islice(lines, LINES_AT_ONCE)):
                numbers, texts = zip(*chunk, strict=True)
                connection.register("lines", pa.table({RECORD: numbers, "line": texts}))
                yield connection.sql(query, params=dict(parameters) or None).to_arrow_table()

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line that is not blank."""
        with self._text.source.opened(self._progress) as raw:
            file = io.TextIOWrapper(raw, encoding=self._text.encoding, newline="\n")
            for number, line in enumerate(file, start=1):
                if stripped := line.removeprefix("\ufeff").strip():
                    yield number, stripped


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _nulls(names: set[str]) -> str:
    return json.dumps(dict.fromkeys(sorted(names)))


def _without_extras(columns: Columns) -> Columns:
    return Columns(columns.sources, columns.constants, ())


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
