"""A backtest takes the kind of interaction that a training at its cutoff would have taken."""

from datetime import datetime, timedelta

import duckdb
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from training.backtest_data import strongest

NOW = datetime(2024, 3, 1)
CUTOFF, HORIZON = NOW - timedelta(days=5), timedelta(days=2)


def marts(*events: tuple[str, int, datetime]) -> duckdb.DuckDBPyConnection:
    """Return a shop with so many interactions of each kind, an hour apart, the last at a moment."""
    rows = [
        (f"u{number % 20}", f"i{number % 15}", f"o{number}", last - timedelta(hours=number), kind)
        for kind, count, last in events
        for number in range(count)
    ]
    columns = ["user_id", "item_id", "order_id", "interacted_at", "event"]
    connection = duckdb.connect()
    frame = pd.DataFrame(rows, columns=columns)
    connection.from_df(frame.assign(known_at=frame["interacted_at"])).create("fct_interactions")
    return connection


def kind_of(shop: duckdb.DuckDBPyConnection) -> str:
    return strongest(shop, NOW, CUTOFF, HORIZON).kind


def test_orders_are_taken_where_there_were_enough_before_the_cutoff() -> None:
    shop = marts(("Product Viewed", 500, NOW), ("Order Completed", 400, NOW))

    assert kind_of(shop) == "Order Completed"


def test_a_single_early_order_does_not_hide_that_there_were_views_enough() -> None:
    early = CUTOFF - timedelta(days=9)
    shop = marts(("Product Viewed", 500, NOW), ("Order Completed", 1, early))

    assert kind_of(shop) == "Product Viewed"


def test_too_little_of_everything_before_the_cutoff_is_refused_with_the_numbers() -> None:
    shop = marts(("Order Completed", 60, CUTOFF - timedelta(hours=1)), ("Product Viewed", 1, NOW))

    with pytest.raises(AisleError, match=r"too little to train on .*Interactions: 60, needed 100"):
        kind_of(shop)


def test_a_kind_that_ended_before_the_cutoff_is_refused() -> None:
    ended = CUTOFF - timedelta(hours=1)
    shop = marts(("Order Completed", 400, ended), ("Product Viewed", 1, NOW))

    with pytest.raises(AisleError, match=r"no user with history did 'Order Completed' from"):
        kind_of(shop)
