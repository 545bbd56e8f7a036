"""A shop too small to train on is told every number; else the strongest kind there is enough of."""

from datetime import datetime, timedelta

import duckdb
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from training.readiness import ready_supply

NOW = datetime(2024, 3, 1, 12)


def marts(*events: tuple[str, int]) -> duckdb.DuckDBPyConnection:
    """Return a shop with so many interactions of each kind, an hour apart, by 20 users."""
    rows = [
        (f"u{number % 20}", f"i{number % 15}", f"o{number}", NOW - timedelta(hours=number), kind)
        for kind, count in events
        for number in range(count)
    ]
    columns = ["user_id", "item_id", "order_id", "interacted_at", "event"]
    connection = duckdb.connect()
    connection.from_df(pd.DataFrame(rows, columns=columns)).create("fct_interactions")
    return connection


def test_a_shop_with_thirty_events_is_refused_with_all_numbers_and_their_needs() -> None:
    with pytest.raises(AisleError) as refused:
        ready_supply(marts(("Order Completed", 30)), NOW, 21)

    message = str(refused.value)
    assert "\n" not in message
    assert "Interactions: 30, needed 100 (too few)" in message
    assert "users: 20, needed 10;" in message
    assert "items: 15, needed 10;" in message
    assert "hours of history: 30, needed 8;" in message
    assert "interactions before the windows: 18, needed 20 (too few)" in message
    assert "users in the test windows: 9, needed 10 (too few)" in message


def test_orders_are_taken_before_what_there_is_more_of() -> None:
    supply = ready_supply(marts(("Product Viewed", 500), ("Order Completed", 200)), NOW, 21)

    assert (supply.kind, supply.interactions) == ("Order Completed", 200)
    assert supply.windows.horizon == timedelta(days=1)  # an eighth of 200 hours, in whole days


def test_a_handful_of_orders_does_not_hide_that_there_are_views_enough() -> None:
    supply = ready_supply(marts(("Product Viewed", 500), ("Order Completed", 3)), NOW, 21)

    assert supply.kind == "Product Viewed"


def test_only_what_happened_by_now_counts() -> None:
    with pytest.raises(AisleError, match="no interaction"):
        ready_supply(marts(("Order Completed", 1)), NOW - timedelta(days=1), 21)
