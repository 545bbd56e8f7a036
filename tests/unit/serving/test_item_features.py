from datetime import datetime, timedelta

import pandas as pd
import pytest

from aisle.serving.item_features import HeldView, ItemFeatures

READ_AT = datetime(2018, 1, 1)
WEEK = timedelta(days=8)


@pytest.fixture
def items() -> ItemFeatures:
    """One row of tea in a view that ages and in one that holds until it is replaced."""
    moments = pd.Series([pd.Timestamp(READ_AT)], index=["tea"])
    sold = pd.DataFrame({"orders_28d": [3], "price": [float("nan")]}, index=["tea"])
    told = pd.DataFrame({"category": ["drinks"]}, index=["tea"])
    return ItemFeatures(
        {
            "item_activity": HeldView(sold, moments, WEEK),
            "item_attributes": HeldView(told, moments, timedelta(0)),
        }
    )


def states(items: ItemFeatures, item: str, now: datetime) -> dict[str, str]:
    return {found.view: found.state for found in items.of_item(item, now)}


def test_a_row_holds_up_to_its_time_to_live(items: ItemFeatures) -> None:
    activity, attributes = items.of_item("tea", READ_AT + WEEK)
    assert (activity.state, activity.event_at) == ("fresh", READ_AT)
    assert activity.values == {"orders_28d": 3, "price": None}
    assert attributes.values == {"category": "drinks"}


def test_a_row_that_got_too_old_in_memory_is_stale_and_tells_nothing(items: ItemFeatures) -> None:
    now = READ_AT + WEEK + timedelta(seconds=1)
    assert states(items, "tea", now) == {"item_activity": "stale", "item_attributes": "fresh"}
    assert items.of_view("item_activity", "tea", now).values == {"orders_28d": None, "price": None}
    assert items.category_of("tea") == "drinks"


def test_an_unknown_item_is_missing_everywhere(items: ItemFeatures) -> None:
    assert set(states(items, "coal", READ_AT).values()) == {"missing"}
    assert items.of_view("item_attributes", "coal", READ_AT).values == {"category": None}
    assert items.category_of("coal") is None
