"""Look at what holds now in a published file: missing values, distributions, the newest row."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from aisle.core.settings import Settings
from aisle.pipeline.feature_catalogue.entries import Distribution, Measured, Shape
from aisle.pipeline.feature_catalogue.registry import RegisteredView

SQL = Path(__file__).parent
BEGINNING = datetime(1, 1, 1)
SAMPLE = 50_000  # rows are enough to draw a distribution
SHOWN = 12  # categories
FEWEST = 5  # rows that carry a category before it is named
HELD_AT, HELD_KEY = "held_at", "held_key"
NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "HUGEINT")


@dataclass(frozen=True)
class Look:
    """What was found in the file of one view."""

    rows: int
    newest_at: datetime | None
    columns: dict[str, Measured]


def look_at(settings: Settings, view: RegisteredView, as_of: datetime) -> Look | None:
    """Return what holds of a view at `as_of`, None while there is no file of it.

    The file of a pushed view may be anybody's: one without its keys and time is as good as none.
    """
    if view.file is None or not view.file.is_file():
        return None
    with duckdb.connect(
        config={
            "memory_limit": settings.warehouse_memory,
            "threads": settings.warehouse_threads,
        }
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        if not {view.timestamp, *view.keys} <= set(connection.read_parquet(str(view.file)).columns):
            return None
        names = _hold(connection, view, as_of)
        rows = connection.table("held").shape[0]
        newest = connection.table("held").aggregate(
            [duckdb.FunctionExpression("max", duckdb.ColumnExpression(HELD_AT))]
        )
        newest_at = (newest.fetchall() or [(None,)])[0][0]
        return Look(rows, _naive(newest_at), dict(_columns(connection, names, rows)))


def _hold(
    connection: duckdb.DuckDBPyConnection, view: RegisteredView, as_of: datetime
) -> list[str]:
    """Make the table `held`; return the features that the file has a column of."""
    published = connection.read_parquet(str(view.file))
    names = [each.name for each in view.features if each.name in published.columns]
    keys = [duckdb.ColumnExpression(key).cast("varchar") for key in view.keys]
    published.project(
        duckdb.ColumnExpression(view.timestamp).alias(HELD_AT),
        duckdb.FunctionExpression(
            "concat_ws", duckdb.ConstantExpression("\x1f"), *keys, duckdb.ConstantExpression("")
        ).alias(HELD_KEY),
        *(duckdb.ColumnExpression(name) for name in names),
    ).create_view("published_rows")
    since = as_of - view.time_to_live if view.time_to_live else BEGINNING
    connection.execute((SQL / "held.sql").read_text(), {"as_of": as_of, "since": since})
    return names


def _columns(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], rows: int
) -> Iterator[tuple[str, Measured]]:
    """Yield each column with its share of nulls and its distribution."""
    if not rows:
        return
    held = connection.table("held")
    types = dict(zip(held.columns, map(str, held.types), strict=True))
    counts = held.aggregate(
        [duckdb.FunctionExpression("count", duckdb.ColumnExpression(name)) for name in names]
    ).fetchall()[0]
    connection.from_query("from held using sample reservoir(50000 rows) repeatable (7)").create(
        "some"
    )
    spread = dict(_numbers(connection, names, types)) | dict(_categories(connection, names, types))
    for name, known in zip(names, counts, strict=True):
        yield name, Measured(1 - known / rows, spread.get(name))


def _shape(type_: str) -> Shape:
    """Return how values of a DuckDB type are drawn."""
    if type_.endswith("]"):
        return "lengths"
    if type_.startswith(("TIMESTAMP", "DATE")):
        return "moments"
    return "numbers" if type_.startswith(NUMBERS) or "INT" in type_ else "categories"


def _numbers(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], types: dict[str, str]
) -> Iterator[tuple[str, Distribution]]:
    """Yield the histogram of each column that is a number, a moment or a list by its length."""
    functions = {"lengths": "len", "moments": "epoch"}
    shapes = {name: shape for name in names if (shape := _shape(types[name])) != "categories"}
    if not shapes:
        return
    columns = []
    for name, shape in shapes.items():
        column: duckdb.Expression = duckdb.ColumnExpression(name)
        if shape in functions:
            column = duckdb.FunctionExpression(functions[shape], column)
        columns.append(column.cast("double").alias(name))
    connection.table("some").project(*columns).create_view("numbers")
    found = connection.execute((SQL / "spread_numbers.sql").read_text()).fetchall()
    for name, group in groupby(found, key=lambda row: str(row[0])):
        bins = list(group)
        _, *marks, distinct, count, _, _ = bins[0]
        counts = [0] * int(count)
        for row in bins:
            counts[int(row[6])] = int(row[7])
        shape = shapes[name]
        yield name, Distribution(shape, tuple(counts), _marks(shape, marks), int(distinct))


def _marks(shape: Shape, values: Sequence[float]) -> tuple[str, ...]:
    if shape == "moments":
        return tuple(f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d}" for value in values)
    return tuple(map(short_number, values))


def _categories(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], types: dict[str, str]
) -> Iterator[tuple[str, Distribution]]:
    """Yield the most frequent values of each column of text or of yes and no."""
    texts = [name for name in names if _shape(types[name]) == "categories"]
    if not texts:
        return
    columns = [duckdb.ColumnExpression(name).cast("varchar").alias(name) for name in texts]
    connection.table("some").project(*columns).create_view("texts")
    asked = {"fewest": FEWEST, "shown": SHOWN}
    found = connection.execute((SQL / "spread_categories.sql").read_text(), asked).fetchall()
    for name, group in groupby(found, key=lambda row: str(row[0])):
        values: list[tuple[Any, ...]] = list(group)
        marks = tuple(str(row[2]) for row in values if row[2] is not None)
        counts = tuple(int(row[3]) for row in values)
        yield name, Distribution("categories", counts, marks, int(values[0][1]))


def short_number(value: float) -> str:
    """Return a number in a few characters: 1,234 · 0.031 · 1.2M."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    for floor, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if size >= floor:
            return f"{value / (1e3 if unit == 'k' else floor):.3g}{unit}"
    if value == int(value) or size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _naive(moment: datetime | None) -> datetime | None:
    """Return a moment without its zone, which is UTC."""
    return moment.replace(tzinfo=None) if moment else None
