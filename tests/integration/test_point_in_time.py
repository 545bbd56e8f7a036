"""No feature as of a moment changes when what happened after it is added or taken away."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
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


def happenings(
    first: datetime, last: datetime, most: int, visitors: str
) -> st.SearchStrategy[list[Any]]:
    """What users and visitors do, and visitors saying who they are, with traits."""
    items = st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)
    who = st.sampled_from("uvw" + visitors)
    event = st.tuples(moments(first, last), st.sampled_from(KINDS), who, items)
    logged_in = st.tuples(st.sampled_from(visitors), st.sampled_from("uvw"), TRAITS)
    # A trait is told to whoever asks at that very moment, so the first is after it.
    soon = first + timedelta(microseconds=1)
    login = st.tuples(moments(soon, last), st.just("identify"), logged_in)
    return st.lists(st.one_of(event, event, login), max_size=most)


def as_raw(happened: list[Any], prefix: str) -> list[dict[str, Any]]:
    """Return raw messages; none of them is late, and no order is sent twice."""
    rows = []
    for number, (moment, kind, *rest) in enumerate(happened):
        said = _login(*rest[0]) if kind == "identify" else _event(kind, f"{prefix}{number}", *rest)
        stamps = {"timestamp": moment, "received_at": moment, "source": "test"}
        rows.append({"message_id": f"{prefix}{number}", **said, **stamps})
    return rows


def _event(kind: str, order: str, who: str, items: list[str]) -> dict[str, Any]:
    lines = [{"product_id": item, "quantity": 1, "price": 2.5} for item in items]
    properties = json.dumps({"order_id": order, "products": lines})
    of_whom = {"anonymous_id" if who.isdigit() else "user_id": who}
    return {"type": "track", "event": kind, **of_whom, "properties": properties}


def _login(visitor: str, user: str, traits: dict[str, str]) -> dict[str, Any]:
    ids = {"anonymous_id": visitor, "user_id": user}
    return {"type": "identify", **ids, "traits": json.dumps(traits)}


TRAITS = st.fixed_dictionaries({}, optional={"age": st.sampled_from(["19", "45-54"])})
CATALOGUE: list[dict[str, Any]] = [
    {"item_id": "a", "title": "A", "category": "one", "brand": "x", "price": 2.0},
    {"item_id": "b", "title": "B", "category": "one", "updated_at": START},
    {"item_id": "c", "title": "C", "category": "two", "brand": "y", "updated_at": START},
]
CATALOGUE[0] |= {"_loaded_at": START}
# Delivered again: moved and dated; changed and undated; as it was.
AGAIN: list[dict[str, Any]] = [
    {"item_id": "b", "title": "B", "category": "two", "updated_at": CUTOFF},
    {"item_id": "a", "title": "A", "category": "two", "brand": "z", "price": 3.0},
    {**CATALOGUE[2], "updated_at": NOW},
]
AGAIN = [{"_loaded_at": NOW, **row, "_batch_id": 2} for row in AGAIN]
LAST_WEEK = CUTOFF - timedelta(days=3)
EVERYTHING = [
    *((LAST_WEEK, kind, who, ["a", "b"]) for kind in KINDS for who in ("u", "1")),
    (LAST_WEEK + timedelta(days=1), "identify", ("1", "v", {"age": "19"})),
]


def test_what_comes_after_a_moment_changes_no_feature_as_of_it(compiled: Compiled) -> None:
    steps, marts = compiled
    rows: Counter[str] = Counter()

    @settings(
        max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        before=happenings(START, CUTOFF, most=12, visitors="12"),
        after=happenings(CUTOFF, NOW, most=8, visitors="89"),
        again=st.lists(st.sampled_from(AGAIN), unique_by=lambda row: row["item_id"]),
    )
    @example(
        before=EVERYTHING,
        after=[(CUTOFF + timedelta(hours=1), "identify", ("8", "u", {}))],
        again=AGAIN,
    )
    def nothing_changes(before: list[Any], after: list[Any], again: list[Any]) -> None:
        earlier, later = as_raw(before, "before"), as_raw(after, "after")
        without = features_of(steps, marts, earlier, CATALOGUE)
        added = features_of(steps, marts, earlier + later, CATALOGUE + again)
        for mart in marts:
            rows[mart] += len(without[mart])
            pd.testing.assert_frame_equal(without[mart], added[mart], obj=mart, rtol=1e-9)

    nothing_changes()
    assert [mart for mart in marts if not rows[mart]] == []


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
