"""Raw feature values into the numbers a model was fitted on: the same in training and online.

Plain numbers and numpy only: what was fitted travels in the model's artifact as JSON. Whatever a
value is (missing, unseen, infinite, of another type), it is prepared and counted, never refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from aisle.core.errors import AisleError
from aisle.core.feature_values import Columns, Counts, Values, expanded, read_numbers, read_texts

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Scaling = Literal["z_score", "min_max"]

MISSING_SUFFIX, OTHER_SUFFIX = ":missing", ":other"
FURTHEST = 10.0  # standard deviations: a value beyond says no more than this one
KEPT_COLUMNS = "columns"


@dataclass(frozen=True)
class Block:
    """Non-zero numbers of one column: `values[n]` stands at `rows[n]`, `outputs[n]`."""

    rows: Indices
    outputs: Indices  # counted from the column's first
    values: Floats
    is_given: NDArray[np.bool_]  # all rows: whether there was a value


@dataclass(frozen=True)
class NumberColumn:
    """A number, its gaps filled with the median, scaled, perhaps after a logarithm."""

    kind: ClassVar[str] = "number"
    name: str
    is_log: bool  # sign(x) * log1p(|x|), for counts and money
    scaling: Scaling
    median: float  # of training, before logarithm and scaling
    center: float  # z_score: (x - center) / scale · min_max: x * scale + center, within 0 and 1
    scale: float
    has_indicator: bool  # whether "was missing" is a column of its own: it was in training

    @property
    def outputs(self) -> list[str]:
        """Names of the prepared columns."""
        return [self.name, *([self.name + MISSING_SUFFIX] if self.has_indicator else [])]

    def apply(self, values: Values, counts: Counts) -> Block:
        """Return the prepared numbers of one raw column."""
        numbers = read_numbers(values, self.name, counts)
        is_missing = np.isnan(numbers)
        scaled = self._scaled(np.where(is_missing, self.median, numbers))
        rows, gaps = np.flatnonzero(scaled), np.flatnonzero(is_missing & self.has_indicator)
        return Block(
            rows=np.concatenate([rows, gaps]),
            outputs=np.repeat([0, 1], [rows.size, gaps.size]),
            values=np.concatenate([scaled[rows], np.ones(gaps.size)]),
            is_given=~is_missing,
        )

    def _scaled(self, numbers: Floats) -> Floats:
        with np.errstate(over="ignore"):
            if self.is_log:
                numbers = signed_log(numbers)
            if self.scaling == "z_score":
                return np.clip((numbers - self.center) / self.scale, -FURTHEST, FURTHEST)
            return np.clip(numbers * self.scale + self.center, 0, 1)


@dataclass(frozen=True)
class BinnedColumn:
    """A number, one if it falls into a range; a missing one falls into none."""

    kind: ClassVar[str] = "binned"
    name: str
    edges: tuple[float, ...]  # between the ranges; a range begins at its lower edge

    @property
    def outputs(self) -> list[str]:
        """Names of the prepared columns."""
        return [f"{self.name}={number}" for number in range(len(self.edges) + 1)]

    def apply(self, values: Values, counts: Counts) -> Block:
        """Return the prepared numbers of one raw column."""
        numbers = read_numbers(values, self.name, counts)
        rows = np.flatnonzero(~np.isnan(numbers))
        places = np.searchsorted(np.array(self.edges), numbers[rows], side="right")
        return Block(rows, places, np.ones(rows.size), ~np.isnan(numbers))


@dataclass(frozen=True)
class CategoryColumn:
    """A category, one in the column of its value; rare and unseen ones share a column."""

    kind: ClassVar[str] = "category"
    name: str
    categories: tuple[str, ...]  # sorted
    has_other: bool  # whether rare values share a column; without it they say nothing
    has_indicator: bool

    @property
    def outputs(self) -> list[str]:
        """Names of the prepared columns."""
        named = [f"{self.name}={category}" for category in self.categories]
        other = [self.name + OTHER_SUFFIX] if self.has_other else []
        return [*named, *other, *([self.name + MISSING_SUFFIX] if self.has_indicator else [])]

    def apply(self, values: Values, counts: Counts) -> Block:
        """Return the prepared numbers of one raw column."""
        places = {category: place for place, category in enumerate(self.categories)}
        other = len(self.categories) if self.has_other else -1
        missing = len(self.outputs) - 1 if self.has_indicator else -1
        texts = list(read_texts(values, self.name, counts))
        is_given = np.array([text is not None for text in texts], dtype=bool)
        unseen = sum(text is not None and text not in places for text in texts)
        counts.add("unseen", self.name, unseen)
        codes = np.array(
            [missing if text is None else places.get(text, other) for text in texts], dtype=np.intp
        )
        rows = np.flatnonzero(codes >= 0)
        return Block(rows, codes[rows], np.ones(rows.size), is_given)


PreparedColumn = NumberColumn | BinnedColumn | CategoryColumn
KINDS: dict[str, Callable[..., PreparedColumn]] = {
    NumberColumn.kind: NumberColumn,
    BinnedColumn.kind: BinnedColumn,
    CategoryColumn.kind: CategoryColumn,
}


@dataclass(frozen=True)
class Prepared:
    """Rows x outputs as their non-zero numbers, sorted by row, and what was odd about the input."""

    names: list[str]
    rows: Indices
    outputs: Indices
    values: Floats
    is_given: NDArray[np.bool_]  # rows of which at least one value was there
    counts: Counts

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self.is_given.size

    def dense(self) -> Floats:
        """Return rows x outputs."""
        table = np.zeros((self.row_count, len(self.names)))
        table[self.rows, self.outputs] = self.values
        return table


@dataclass(frozen=True)
class Preparation:
    """The fitted columns, in the order of their outputs."""

    columns: tuple[PreparedColumn, ...]
    names: list[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [name for column in self.columns for name in column.outputs]
        object.__setattr__(self, "names", names)

    def apply(self, columns: Columns, row_count: int) -> Prepared:
        """Return the prepared rows of raw columns of `row_count` values each.

        A column that is not given is missing in every row, one nobody fitted is left out; both are
        counted. The column `attributes` holds JSON text or mappings.
        """
        counts = Counts()
        given = expanded(columns, counts)
        _count_strangers(given, self.columns, row_count, counts)
        blocks = []
        for column in self.columns:
            values = given.get(column.name)
            absent = [None] * row_count
            block = (
                column.apply(absent, Counts()) if values is None else column.apply(values, counts)
            )
            blocks.append(block)
        return self._prepared(blocks, row_count, counts)

    def _prepared(self, blocks: Sequence[Block], row_count: int, counts: Counts) -> Prepared:
        """Return the blocks side by side, sorted by row and output."""
        widths = [len(column.outputs) for column in self.columns]
        firsts = np.cumsum([0, *widths])[:-1]
        nothing = np.empty(0, dtype=np.intp)
        shifted = [block.outputs + first for block, first in zip(blocks, firsts, strict=False)]
        rows = np.concatenate([nothing, *(block.rows for block in blocks)])
        outputs = np.concatenate([nothing, *shifted])
        values = np.concatenate([np.empty(0), *(block.values for block in blocks)])
        order = np.lexsort((outputs, rows))
        is_given = np.zeros(row_count, dtype=bool)
        for block in blocks:
            is_given |= block.is_given
        return Prepared(self.names, rows[order], outputs[order], values[order], is_given, counts)

    def document(self) -> dict[str, Any]:
        """Return the preparation as JSON content; floats keep every bit."""
        return {KEPT_COLUMNS: [{"kind": c.kind, **asdict(c)} for c in self.columns]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Preparation":
        """Return the preparation that `document` gave."""
        return cls(tuple(_column(described) for described in document[KEPT_COLUMNS]))


def signed_log(numbers: Floats) -> Floats:
    """Return log1p of the size of each number, with its sign: a refund is no error."""
    logs: Floats = np.copysign(np.log1p(np.abs(numbers)), numbers)
    return logs


def _column(described: Mapping[str, Any]) -> PreparedColumn:
    kind = described.get("kind")
    if kind not in KINDS:
        raise AisleError(
            f"A model was prepared with columns of kind {kind!r}, which this release does not "
            f"know (it knows {', '.join(KINDS)}): load it with the code it carries (MLflow)."
        )
    fields = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in described.items()
        if name != "kind"
    }
    return KINDS[kind](**fields)


def _count_strangers(
    given: Columns, known: Sequence[PreparedColumn], row_count: int, counts: Counts
) -> None:
    names = {column.name for column in known}
    for name in given:
        if name not in names:
            counts.add("unknown", name, row_count)
    for name in sorted(names - set(given)):
        counts.add("absent", name, row_count)
