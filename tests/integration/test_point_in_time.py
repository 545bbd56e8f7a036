"""No feature as of a moment changes when what happened after it is added or taken away."""

import json
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.compiled_features import CUTOFF, NOW, Step, compile_features, features_of

START = CUTOFF - timedelta(days=430)  # further back than the longest window
KINDS = ["Order Completed", "Product Viewed", "Product Clicked", "Product Added"]
Compiled = tuple[list[Step], list[str]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    return compile_features(tmp_path_factory.mktemp("compiled"))


def moments(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    """Moments of a span, often exactly at a boundary of a window, a week or the cutoff."""
    edges = [CUTOFF - timedelta(days=days) for days in (364, 182, 91, 28, 7, 1)]
    edges += [CUTOFF, CUTOFF + timedelta(days=7), first, last - timedelta(seconds=1)]
    inside = [edge for edge in edges if first <= edge < last]
    seconds = int((last - first).total_seconds()) - 1
    anywhere = st.integers(0, seconds).map(lambda second: first + timedelta(seconds=second))
    return st.one_of(anywhere, st.sampled_from(inside))


def happenings(first: datetime, last: datetime, most: int) -> st.SearchStrategy[list[Any]]:
    items = st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)
    kind = st.sampled_from(KINDS)
    event = st.tuples(moments(first, last), kind, st.sampled_from("uvw"), items)
    return st.lists(event, max_size=most)


def as_raw(happened: list[Any], prefix: str) -> list[dict[str, Any]]:
    """Return raw messages; none of them is late, and no order is sent twice."""
    rows = []
    for number, (moment, kind, user, items) in enumerate(happened):
        lines = [{"product_id": item, "quantity": 1, "price": 2.5} for item in items]
        properties = {"order_id": f"{prefix}{number}", "products": lines}
        rows.append(
            {
                "message_id": f"{prefix}{number}",
                "type": "track",
                "event": kind,
                "user_id": user,
                "timestamp": moment,
                "received_at": moment,
                "properties": json.dumps(properties),
                "source": "test",
            }
        )
    return rows


CATALOGUE = [
    {"item_id": "a", "title": "A", "category": "one", "updated_at": None},
    {"item_id": "b", "title": "B", "category": "one", "updated_at": START},
    {"item_id": "c", "title": "C", "category": "two", "updated_at": START},
]
MOVED = [{"item_id": "b", "title": "B", "category": "two", "updated_at": CUTOFF}]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=happenings(START, CUTOFF, most=12),
    after=happenings(CUTOFF, NOW, most=8),
    is_moved=st.booleans(),
)
def test_what_comes_after_a_moment_changes_no_feature_as_of_it(
    compiled: Compiled, before: list[Any], after: list[Any], is_moved: bool
) -> None:
    steps, marts = compiled
    earlier, later = as_raw(before, "before"), as_raw(after, "after")
    without = features_of(steps, marts, earlier, CATALOGUE)
    added = features_of(steps, marts, earlier + later, CATALOGUE + (MOVED if is_moved else []))
    for mart in marts:
        pd.testing.assert_frame_equal(without[mart], added[mart], obj=mart, rtol=1e-9)


def test_the_property_is_asked_of_every_dated_mart_and_of_rows(compiled: Compiled) -> None:
    steps, marts = compiled
    assert {"features.user_features", "features.item_features"} <= set(marts)
    bought = [(CUTOFF - timedelta(days=3), "Order Completed", "u", ["a", "b"])]
    found = features_of(steps, marts, as_raw(bought, "m"), CATALOGUE)
    for mart in ("features.user_features", "features.item_features"):
        assert set(found[mart]["as_of_date"]) == {CUTOFF}


def test_a_feature_that_sees_the_next_day_would_be_caught(compiled: Compiled) -> None:
    steps, marts = compiled
    leaking = [_seeing_a_day_ahead(step) for step in steps]
    bought = as_raw([(CUTOFF - timedelta(days=3), "Order Completed", "u", ["a"])], "before")
    later = as_raw([(CUTOFF + timedelta(hours=1), "Order Completed", "u", ["a"])], "after")
    without = features_of(leaking, marts, bought, CATALOGUE)["features.user_features"]
    added = features_of(leaking, marts, bought + later, CATALOGUE)["features.user_features"]
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(without, added)


def _seeing_a_day_ahead(step: Step) -> Step:
    if not step.table.endswith('"int_feature_events_selected"'):
        return step
    ahead = "select * replace (occurred_at - interval 1 day as occurred_at)"
    return Step(step.table, f"{ahead} from ({step.sql})")
