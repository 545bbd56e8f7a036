"""Reads CSV and its relatives: any one delimiter, quotes, newlines inside quotes."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from aisle.core.errors import AisleError
from aisle.pipeline.importing.columns import Columns
from aisle.pipeline.importing.mapping import KindMapping
from aisle.pipeline.importing.reader import Original, Refusal, to_batch
from aisle.pipeline.importing.source import ReadBytes
from aisle.pipeline.importing.text import Text

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
BLOCK_BYTES = 8 << 20
MOST_REFUSALS = 1_000_000
SAMPLE_RECORDS = 200
AGREEING = 0.8  # of the first records must have as many columns as the header


class DelimitedReader:
    """One delimited text file."""

    has_types = False

    def __init__(self, text: Text, mapping: KindMapping) -> None:
        """Find the delimiter and the header; refuse a file that has no row."""
        self._text = text
        self._path = text.source.path
        self.delimiter = mapping.delimiter or sniff_delimiter(text)
        header = next(
            csv.reader(io.StringIO(text.sample, newline=""), delimiter=self.delimiter), []
        )
        self._has_header = not mapping.header
        self.columns = _named(mapping.header or header)
        self.note = text.note
        self._progress = ReadBytes()
        self._refused: list[tuple[int, int]] = []
        if len(header) != len(self.columns):
            raise AisleError(
                f"{self._path} has {len(header)} columns, and `header` in the mapping names "
                f"{len(self.columns)}. Nothing was imported."
            )

    def batches(self, columns: Columns, ours: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows; records of another width are left out and remembered."""
        self._refused.clear()
        self._progress.count = 0
        first = 2 if self._has_header else 1
        seen = 0
        for batch in self._raw_batches():
            records = self._record_numbers(seen, batch.num_rows, first)
            seen += batch.num_rows
            table = dict(zip(self.columns, batch.columns, strict=True))
            filled = _is_filled(batch)
            yield to_batch(records, table, columns, ours).filter(filled)
        if self._text.has_odd_quotes:
            self._refuse_open_quote()
        self._refuse_no_rows(seen)

    def refusals(self) -> list[Refusal]:
        """Return the records of another width than the header."""
        width = len(self.columns)
        return [
            Refusal(record, f"{found} columns where the header has {width}")
            for record, found in self._refused
        ]

    def originals(self, records: Iterable[int]) -> Iterator[Original]:
        """Yield the exact text of these records, found by reading the file again."""
        wanted = iter(records)
        record = next(wanted, None)
        for number, (line_number, text) in enumerate(self._texts(), start=1):
            if record is None:
                return
            if number == record:
                yield Original(record, line_number, text.rstrip("\r\n"))
                record = next(wanted, None)

    def fraction_read(self) -> float:
        """Return how much of the file was read."""
        return self._progress.count / max(1, self._text.source.size_bytes)

    def _raw_batches(self) -> Iterator[pa.RecordBatch]:
        with self._text.source.opened(self._progress) as file:
            try:
                yield from self._open(file)
            except pa.ArrowInvalid as error:
                raise AisleError(self._explain(error)) from error

    def _open(self, file: object) -> pacsv.CSVStreamingReader:
        names = None if self._has_header else self.columns
        plain = "utf8" if self._text.encoding.startswith("utf-8") else self._text.encoding
        return pacsv.open_csv(
            pa.PythonFile(file, mode="r"),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, encoding=plain, column_names=names
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._set_aside,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(self._raw_names(), pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
                check_utf8=False,
            ),
        )

    def _raw_names(self) -> list[str]:
        """Return the header as it stands, which is how the columns' types are told."""
        if not self._has_header:
            return self.columns
        return next(
            csv.reader(io.StringIO(self._text.sample, newline=""), delimiter=self.delimiter)
        )

    def _set_aside(self, row: pacsv.InvalidRow) -> str:
        self._refused.append((row.number, row.actual_columns))
        return "skip" if len(self._refused) <= MOST_REFUSALS else "error"

    def _record_numbers(self, seen: int, count: int, first: int) -> pa.Array:
        """Return the number of each record, counting those that were left out before it."""
        refused = np.sort(np.array([record for record, _ in self._refused], dtype=np.int64))
        rows_before = refused - first - np.arange(refused.size)
        positions = np.arange(seen, seen + count)
        skipped = np.searchsorted(rows_before, positions, side="right")
        return pa.array(positions + first + skipped)

    def _refuse_open_quote(self) -> None:
        """Refuse a file that ends inside a quote: the rows behind the quote would be lost."""
        if self._place_of_open_quote():
            raise AisleError(self._explain(None))

    def _refuse_no_rows(self, seen: int) -> None:
        if not seen and not self._refused:
            raise AisleError(
                f"{self._path} has a header and no row ({', '.join(self.columns)}). "
                "Nothing was imported."
            )

    def _explain(self, error: pa.ArrowInvalid | None) -> str:
        if len(self._refused) > MOST_REFUSALS:
            return (
                f"More than {MOST_REFUSALS:,} records of {self._path} have another number of "
                f"columns than the header: is {DELIMITERS.get(self.delimiter, self.delimiter)} "
                "the delimiter? Say it in the mapping (`delimiter`). Nothing was imported."
            )
        if error is not None and "straddl" not in str(error):
            return f"{self._path} cannot be read as CSV: {error}. Nothing was imported."
        return (
            f'{self._path} holds a quote (") that is opened and never closed, so rows after it '
            f"would be lost{self._place_of_open_quote()}: mend it. Nothing was imported."
        )

    def _place_of_open_quote(self) -> str:
        """Return where the record begins whose quote runs on to the end; nothing if none does."""
        began, text = 1, ""
        for began, text in self._texts():  # noqa: B007, the last one counts
            pass
        try:
            list(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                return f" (record at line {began})"
        return ""

    def _texts(self) -> Iterator[tuple[int, str]]:
        """Yield line and exact text of every record, the header's too.

        The last is cut off where a quote runs on for longer than a block.
        """
        with self._text.source.opened() as raw, _fields_up_to(BLOCK_BYTES):
            file = io.TextIOWrapper(raw, encoding=self._text.encoding, newline="")
            recorder = _Recorder(file)
            began = 1
            try:
                for _ in csv.reader(recorder, delimiter=self.delimiter):
                    yield began, recorder.taken()
                    began = recorder.lines + 1
            except csv.Error:
                yield began, recorder.taken()


@contextmanager
def _fields_up_to(characters: int) -> Iterator[None]:
    """Let fields be this long while the block runs; the limit is one of the whole process."""
    before = csv.field_size_limit(characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _Recorder:
    """Hands lines to a CSV parser and keeps those of the present record."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self._file = file
        self._kept: list[str] = []
        self.lines = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self._kept.append(line)
            self.lines += 1
            yield line

    def taken(self) -> str:
        """Return the text of the record that the parser has just finished."""
        text = "".join(self._kept)
        self._kept.clear()
        return text


def sniff_delimiter(text: Text) -> str:
    """Return the one delimiter that cuts header and rows alike; refuse when two would do."""
    widths = {delimiter: _width(text.sample, delimiter) for delimiter in DELIMITERS}
    fitting = [delimiter for delimiter, width in widths.items() if width > 1]
    if len(fitting) > 1:
        names = " and ".join(DELIMITERS[delimiter] for delimiter in fitting)
        raise AisleError(
            f"{text.source.path} can be cut at each {names}: say which is meant in the mapping "
            "(`delimiter`). Nothing was imported."
        )
    return fitting[0] if fitting else ","


def _width(sample: str, delimiter: str) -> int:
    """Return how many columns the delimiter makes, or 0 where rows and header do not agree."""
    widths = [len(row) for row, _ in zip(_sampled(sample, delimiter), range(SAMPLE_RECORDS))]  # noqa: B905
    if not widths:
        return 0
    agreeing = Counter(widths)[widths[0]]
    return widths[0] if agreeing >= AGREEING * len(widths) or agreeing == len(widths) - 1 else 0


def _sampled(sample: str, delimiter: str) -> Iterator[list[str]]:
    whole = sample if sample.count("\n") < 2 else sample[: sample.rfind("\n") + 1]
    return (row for row in csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter) if row)


def _named(header: list[str]) -> list[str]:
    """Return the names without the spaces around them; a column without a name is numbered."""
    return [name.strip() or f"column_{place}" for place, name in enumerate(header, start=1)]


def _is_filled(batch: pa.RecordBatch) -> pa.Array:
    """Return which rows hold any value: a blank line is no row."""
    filled = pc.not_equal(batch.column(0), "")
    for column in batch.columns[1:]:
        if pc.all(filled).as_py():
            break
        filled = pc.or_(filled, pc.not_equal(column, ""))
    return filled
