"""No feature as of a moment changes when what happened after it is added or taken away.

A login after it gives a visitor's past to a user. No user has it as of the moment: what is told of
single persons may then be missing, and nothing else changes.
"""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.integration.compiled_features import (
    CUTOFF,
    INTERACTIONS,
    NOW,
    Step,
    compile_features,
    features_of,
)
from training.split import known_before

START = CUTOFF - timedelta(days=430)  # further back than the longest window
KINDS = ["Order Completed", "Product Viewed", "Product Clicked", "Product Added"]
Compiled = tuple[list[Step], list[str]]
# Rows of these may be missing of who was not known yet; all other marts stay as they were.
OF_PERSONS = {
    "features.user_features": ["as_of_date", "user_id"],
    "features.user_demographics": ["as_of_date", "user_id"],
    "features.user_versions": ["valid_from", "user_id"],
}
HISTORY = f"marts.{INTERACTIONS}"


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
    """What users and visitors do, and visitors saying who they are, with traits.

    So few rows of a user and week that one of them is more than a twentieth (decision 11).
    """
    items = st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True)
    who = st.sampled_from([*"uvw", *visitors, *(visitor + "u" for visitor in visitors)])
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
    of_whom = {"anonymous_id" if each.isdigit() else "user_id": each for each in who}
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
# A guest who logs in after the cutoff, and one whose event says then who it is.
GUESTS = [(LAST_WEEK, kind, who, ["a", "b"]) for kind in KINDS for who in "u2"]
LOGINS = [
    (CUTOFF + timedelta(hours=1), "identify", ("2", "u", {"age": "19"})),
    (CUTOFF + timedelta(hours=2), "Product Viewed", "1u", ["c"]),
]


def test_what_comes_after_a_moment_changes_no_feature_as_of_it(compiled: Compiled) -> None:
    steps, marts = compiled
    rows: Counter[str] = Counter()

    @settings(
        max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        before=happenings(START, CUTOFF, most=9, visitors="12"),
        after=happenings(CUTOFF, NOW, most=8, visitors="129"),
        again=st.lists(st.sampled_from(AGAIN), unique_by=lambda row: row["item_id"]),
    )
    @example(
        before=EVERYTHING,
        after=[(CUTOFF + timedelta(hours=1), "identify", ("8", "u", {}))],
        again=AGAIN,
    )
    @example(before=GUESTS, after=LOGINS, again=[])
    @example(before=EVERYTHING[1:8:2], after=LOGINS, again=[])
    @example(before=[(START, "Order Completed", "2", ["d"])], after=LOGINS, again=[])
    def nothing_changes(before: list[Any], after: list[Any], again: list[Any]) -> None:
        earlier, later = as_raw(before, "before"), as_raw(after, "after")
        without = features_of(steps, marts, earlier, CATALOGUE)
        added = features_of(steps, marts, earlier + later, CATALOGUE + again)
        for mart in marts:
            rows[mart] += len(without[mart])
            known, known_later = known_of(without[mart]), known_of(added[mart])
            if keys := OF_PERSONS.get(mart):
                known = present(known, known_later, keys)
            # A column without a value has no type.
            has_rows = len(known_later) > 0
            pd.testing.assert_frame_equal(
                known, known_later, obj=mart, rtol=1e-9, check_dtype=has_rows
            )

    nothing_changes()
    assert [mart for mart in marts if not rows[mart]] == []


def known_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what Feast finds at the cutoff: nothing that was known later."""
    known = rows[rows["known_at"] <= CUTOFF] if "known_at" in rows else rows
    return known.reset_index(drop=True)


def present(rows: pd.DataFrame, others: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the rows whose keys are among those of the others."""
    named = pd.MultiIndex.from_frame(rows[keys])
    return rows[named.isin(pd.MultiIndex.from_frame(others[keys]))].reset_index(drop=True)


def test_no_history_before_a_cutoff_knows_who_logged_in_after_it(compiled: Compiled) -> None:
    steps, _ = compiled

    @settings(
        max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        before=happenings(START, CUTOFF, most=9, visitors="12"),
        after=happenings(CUTOFF, NOW, most=8, visitors="129"),
    )
    @example(before=GUESTS, after=LOGINS)
    def nobody_is_known(before: list[Any], after: list[Any]) -> None:
        earlier, later = as_raw(before, "before"), as_raw(after, "after")
        then, now = (
            features_of(steps, [HISTORY], rows, CATALOGUE)[HISTORY]
            for rows in (earlier, earlier + later)
        )
        then, now = (
            rows[known_before(rows, CUTOFF)].reset_index(drop=True) for rows in (then, now)
        )
        left = present(then, now, ["user_id", "event", "order_id", "item_id"])
        pd.testing.assert_frame_equal(left, now)
        gone = then[~then["order_id"].isin(now["order_id"])]
        assert set(gone["user_id"]) <= {"1", "2"}

    nobody_is_known()


def test_what_a_visitor_looked_at_is_the_user_s_from_the_login_on(compiled: Compiled) -> None:
    steps, _ = compiled
    login, day = CUTOFF + timedelta(days=9), timedelta(days=1)
    looked = [(CUTOFF - 12 * day, "Product Viewed", "7", [item]) for item in "abc"]
    messages = as_raw([*looked, (login, "identify", ("7", "u", {}))], "m")
    pairs, users, items = (f"features.{kind}_features" for kind in ("user_item", "user", "item"))
    found = features_of(steps, [HISTORY, pairs, users, items], messages, CATALOGUE, until=NOW)
    history = found[HISTORY]
    assert set(history["user_id"]) == {"u"}
    assert known_before(history, CUTOFF).sum() == 0
    assert known_before(history, login).sum() == 0
    assert known_before(history, CUTOFF + 14 * day).sum() == 3
    assert len(found[pairs]) == 6
    viewed = found[pairs].groupby(["as_of_date", "user_id"])["views_28d"].sum()
    assert viewed.to_dict() == {(CUTOFF, "7"): 3, (NOW, "u"): 0}
    of_user = found[users][found[users]["as_of_date"] <= CUTOFF]
    assert set(of_user["user_id"]) == {"u"}
    assert set(of_user["known_at"]) == {login}
    # Somebody looked at the items, whoever it was.
    of_items = found[items][found[items]["as_of_date"] == CUTOFF]
    assert of_items["views_28d"].tolist() == of_items["viewers_28d"].tolist() == [1, 1, 1]
    assert set(of_items["known_at"]) == {CUTOFF}


def test_a_page_that_came_late_says_who_it_was_when_it_came(compiled: Compiled) -> None:
    steps, _ = compiled
    day = timedelta(days=1)
    looked = as_raw([(CUTOFF - 6 * day, "Product Viewed", "7", ["a"])], "m")
    page = {"type": "page", "properties": "{}", "source": "test"}
    seen = [
        {**page, "message_id": f"p{n}", "user_id": "w", "anonymous_id": "3", "timestamp": at}
        for n, at in enumerate(CUTOFF - hours for hours in (5 * day, 4 * day, day))
    ]
    seen = [{**row, "received_at": row["timestamp"]} for row in seen]
    whose = {"message_id": "late", "user_id": "u", "anonymous_id": "7"}
    late = {**page, **whose, "timestamp": CUTOFF - 3 * day, "received_at": CUTOFF + 9 * day}
    history = features_of(steps, [HISTORY], [*looked, *seen, late], CATALOGUE)[HISTORY]
    assert set(history["user_id"]) == {"u"}
    assert history["known_at"].tolist() == [late["received_at"]]


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


def test_a_login_that_is_known_before_it_happened_would_be_caught(compiled: Compiled) -> None:
    steps, _ = compiled
    leaking = [_knowing_every_login(step) for step in steps]
    messages = as_raw(GUESTS + LOGINS, "m")
    pairs = "features.user_item_features"
    told, leaked = (
        features_of(made, [HISTORY, pairs], messages, CATALOGUE) for made in (steps, leaking)
    )
    known = [known_before(found[HISTORY], CUTOFF).sum() for found in (told, leaked)]
    assert known[0] * 2 == known[1] > 0
    assert set(told[pairs]["user_id"]) == {"u", "2"}
    assert set(leaked[pairs]["user_id"]) == {"u"}


def _knowing_every_login(step: Step) -> Step:
    if not step.table.endswith('"int_item_events_stitched"'):
        return step
    at_once = "select * replace (cast(null as timestamp) as linked_at)"
    return Step(step.table, f"{at_once} from ({step.sql})")


def _seeing_a_day_ahead(step: Step) -> Step:
    if not step.table.endswith('"int_feature_events_selected"'):
        return step
    ahead = "select * replace (occurred_at - interval 1 day as occurred_at)"
    return Step(step.table, f"{ahead} from ({step.sql})")
