"""Synthesized features count what happened in the window before the cutoff, and nothing else."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from training.selection.propose import Growth
from training.selection.synthesis import ShopTables, synthesize

pytest.importorskip("featuretools")

CUTOFF = datetime(2024, 3, 4)
# order, user, days before the cutoff, items with their value
ORDERS = [
    ("o1", "ada", 1, {"milk": 1.0, "tea": 4.0}),
    ("o2", "ada", 40, {"milk": 2.0}),
    ("o3", "bob", 2, {"tea": 8.0}),
    ("o4", "bob", 200, {"salt": 16.0}),
]
FUTURE = [("o5", "ada", 0, {"milk": 32.0}), ("o6", "bob", -3, {"tea": 64.0})]


def tables(*orders: tuple[str, str, int, dict[str, float]]) -> ShopTables:
    at = {order: CUTOFF - timedelta(days=days) for order, _, days, _ in orders}
    lines = pd.DataFrame(
        [
            (order, item, at[order], at[order], 1.0, value)
            for order, _, _, items in orders
            for item, value in items.items()
        ],
        columns=["order_id", "item_id", "interacted_at", "known_at", "quantity", "value"],
    )
    baskets = pd.DataFrame(
        [
            (order, user, at[order], float(len(items)), float(len(items)), sum(items.values()))
            for order, user, _, items in orders
        ],
        columns=["order_id", "user_id", "ordered_at", "item_count", "quantity", "revenue"],
    )
    items = pd.DataFrame({"item_id": ["milk", "salt", "tea"], "category": "food", "brand": "own"})
    return ShopTables(baskets, lines, items)


def made(key: str, ids: list[str], *orders: tuple[str, str, int, dict[str, float]]) -> pd.DataFrame:
    return synthesize(tables(*orders), key, np.array(ids, dtype=object), CUTOFF).values


def test_windows_count_what_they_say() -> None:
    users = made("user_id", ["ada", "bob", "eve"], *ORDERS)

    assert users["SUM(orders.revenue) 28d"].fillna(0).tolist() == [5, 8, 0]
    assert users["SUM(orders.revenue) 91d"].fillna(0).tolist() == [7, 8, 0]
    assert users["NUM_UNIQUE(lines.item_id) 91d"].fillna(0).tolist() == [2, 1, 0]
    items = made("item_id", ["milk", "tea"], *ORDERS)
    assert items["NUM_UNIQUE(lines.orders.user_id) 28d"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("key", "ids"), [("user_id", ["ada", "bob"]), ("item_id", ["milk", "tea"])]
)
def test_what_happens_at_the_cutoff_or_later_changes_nothing(key: str, ids: list[str]) -> None:
    pd.testing.assert_frame_equal(made(key, ids, *ORDERS), made(key, ids, *ORDERS, *FUTURE))


def test_what_became_known_later_changes_nothing() -> None:
    shop = tables(*ORDERS)
    late = tables(*ORDERS, ("o7", "ada", 3, {"salt": 128.0}))
    late.lines.loc[late.lines["order_id"] == "o7", "known_at"] = CUTOFF
    ids = np.array(["ada", "bob"], dtype=object)

    usual, other = (synthesize(found, "user_id", ids, CUTOFF).values for found in (shop, late))

    pd.testing.assert_frame_equal(usual, other)


def test_recipes_tell_how_each_column_is_made() -> None:
    found = synthesize(tables(*ORDERS), "user_id", np.array(["ada"], dtype=object), CUTOFF)

    assert set(found.recipes) == set(found.values.columns)
    recipe = found.recipes["SUM(orders.revenue) 91d"]
    assert (recipe.key, recipe.name, recipe.window_days) == ("user_id", "SUM(orders.revenue)", 91)


def test_time_for_everyone_follows_from_how_it_grew() -> None:
    growth = Growth("user_id", ids=400, seconds=22.0, part_ids=100, part_seconds=7.0, all_ids=7200)

    assert growth.hours_for_all == pytest.approx(0.05 * 7200 * 52 / 3600)
