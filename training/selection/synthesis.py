"""Deep feature synthesis over the published marts, for some users or items at one cutoff."""

import importlib.util
import warnings
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aisle.core.columns import INTERACTED_AT, ITEM_ID, ORDER_ID, USER_ID
from aisle.core.errors import AisleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection
    from featuretools import EntitySet

HERE = Path(__file__).parent
WINDOWS = (28, 91)  # days before the cutoff
# Entropy is left out: it took four fifths of the time.
AGGREGATES = [
    "count",
    "sum",
    "mean",
    "std",
    "max",
    "num_unique",
    "avg_time_between",
    "time_since_last",
]
DEPTH = 2
TIMES = {"orders": "ordered_at", "lines": INTERACTED_AT}
TARGETS = {USER_ID: "users", ITEM_ID: "items"}


@dataclass(frozen=True)
class ShopTables:
    """orders: order_id, user_id, ordered_at, … · lines: order_id, item_id, … · items: item_id, …"""

    orders: pd.DataFrame
    lines: pd.DataFrame
    items: pd.DataFrame


@dataclass(frozen=True)
class Recipe:
    """How a synthesized feature is made."""

    key: str  # user_id or item_id
    name: str  # as Featuretools says it, such as SUM(orders.revenue)
    window_days: int


@dataclass(frozen=True)
class Synthesized:
    """One value per id and feature, and how each feature is made, by its column."""

    values: pd.DataFrame  # indexed by user_id or item_id
    recipes: Mapping[str, Recipe]


def require_featuretools() -> None:
    """Refuse where the extra is missing, and say how to get it."""
    if importlib.util.find_spec("featuretools") is None:
        raise AisleError(
            "Deep feature synthesis needs Featuretools: `pip install aisle[synthesis]`."
        )


def read_tables(marts: "DuckDBPyConnection", as_of: datetime) -> ShopTables:
    """Return what the synthesis reads, up to `as_of`."""

    def frame(name: str, **asked: Any) -> pd.DataFrame:
        query = (HERE / f"synthesis_{name}.sql").read_text()
        found: pd.DataFrame = marts.sql(query, params=asked).df()
        return found

    orders, lines = (frame(name, as_of=as_of) for name in ("orders", "lines"))
    return ShopTables(orders, lines, frame("items"))


def synthesize(tables: ShopTables, key: str, ids: np.ndarray, cutoff: datetime) -> Synthesized:
    """Return the features of some users or items from what happened before the cutoff."""
    shop = _entities(_about(tables, key, ids, cutoff), key, ids)
    parts: list[pd.DataFrame] = []
    recipes: dict[str, Recipe] = {}
    for days in WINDOWS:
        values, made = _matrix(shop, key, ids, cutoff, days)
        parts.append(values)
        recipes |= made
    return Synthesized(pd.concat(parts, axis=1), recipes)


def _about(tables: ShopTables, key: str, ids: np.ndarray, cutoff: datetime) -> ShopTables:
    """Return what was known before the cutoff and can say anything about the ids.

    An order is known with its first line. The rest would only take time.
    """
    lines = tables.lines[tables.lines["known_at"] < cutoff].drop(columns="known_at")
    orders = tables.orders
    if key == USER_ID:
        orders = orders[orders[USER_ID].isin(ids)]
        lines = lines[lines[ORDER_ID].isin(orders[ORDER_ID])]
    else:
        lines = lines[lines[ITEM_ID].isin(ids)]
    orders = orders[orders[ORDER_ID].isin(lines[ORDER_ID])]
    named = lines[ITEM_ID] if key == USER_ID else ids
    return ShopTables(orders, lines, tables.items[tables.items[ITEM_ID].isin(named)])


def _entities(tables: ShopTables, key: str, ids: np.ndarray) -> "EntitySet":
    """Return the tables as Featuretools wants them: users ← orders ← lines → items."""
    with _quietly():
        import featuretools

        shop = featuretools.EntitySet("shop")
        users = pd.DataFrame({USER_ID: np.union1d(ids if key == USER_ID else [], _ids(tables))})
        lines = tables.lines.assign(line_id=np.arange(len(tables.lines)))
        for name, frame, index in (
            ("users", users, USER_ID),
            ("items", tables.items, ITEM_ID),
            ("orders", tables.orders, ORDER_ID),
            ("lines", lines, "line_id"),
        ):
            shop.add_dataframe(
                dataframe_name=name,
                dataframe=frame.reset_index(drop=True),
                index=index,
                time_index=TIMES.get(name),
                logical_types=_types(frame, index),
            )
        shop.add_relationship("users", USER_ID, "orders", USER_ID)
        shop.add_relationship("orders", ORDER_ID, "lines", ORDER_ID)
        shop.add_relationship("items", ITEM_ID, "lines", ITEM_ID)
        shop.add_last_time_indexes()
    return shop


def _ids(tables: ShopTables) -> np.ndarray:
    return tables.orders[USER_ID].astype(str).to_numpy(dtype=object)


def _types(frame: pd.DataFrame, index: str) -> dict[str, str]:
    """Return the kinds of columns, so that nothing is guessed from values."""
    types = {}
    for name in frame.columns:
        if pd.api.types.is_datetime64_any_dtype(frame[name]):
            types[str(name)] = "Datetime"
        elif pd.api.types.is_numeric_dtype(frame[name]):
            types[str(name)] = "Integer" if name == index else "Double"
        else:
            types[str(name)] = "Categorical"
    return types


def _matrix(
    shop: "EntitySet", key: str, ids: np.ndarray, cutoff: datetime, days: int
) -> tuple[pd.DataFrame, dict[str, Recipe]]:
    """Return the features over one window before the cutoff, and how each is made."""
    with _quietly():
        import featuretools

        matrix, definitions = featuretools.dfs(
            entityset=shop,
            target_dataframe_name=TARGETS[key],
            cutoff_time=pd.DataFrame({key: ids, "time": pd.Timestamp(cutoff)}),
            include_cutoff_time=False,  # what happens at the cutoff is the future
            training_window=f"{days} days",
            agg_primitives=AGGREGATES,
            trans_primitives=[],
            max_depth=DEPTH,
        )
    names = [definition.get_name() for definition in definitions]
    numbers = [n for n in names if n in matrix and pd.api.types.is_numeric_dtype(matrix[n])]
    values = {f"{name} {days}d": matrix[name].astype(float) for name in numbers}
    recipes = {f"{name} {days}d": Recipe(key, name, days) for name in numbers}
    return pd.DataFrame(values).set_index(matrix.index.astype(str)), recipes


@contextmanager
def _quietly() -> "Iterator[None]":
    """Keep what Featuretools' own dependencies deprecate from the reader."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
