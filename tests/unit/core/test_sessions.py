from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise, permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.core.sessions import (
    MOST_EVENTS,
    PAUSE,
    VisitEvent,
    current_visit,
    session_features,
    session_id,
)

AT = datetime(2018, 1, 1, 10)


def event(number: int, minutes: float = 0, name: str | None = "Product Viewed", **what: object):
    return VisitEvent(
        message_id=f"m{number}",
        event_type=str(what.pop("event_type", "track")),
        event_name=name,
        occurred_at=AT + timedelta(minutes=minutes),
        received_at=AT + timedelta(minutes=minutes),
        device_id="d",
        **what,  # type: ignore[arg-type]
    )


def folded(events: list[VisitEvent]) -> tuple[VisitEvent, ...]:
    visit: tuple[VisitEvent, ...] = ()
    for one in events:
        visit = current_visit(visit, one)
    return visit


def test_a_visit_counts_kinds_items_and_seconds() -> None:
    visit = folded(
        [
            event(1, 0, None, event_type="page"),
            event(2, 1, items=(("tea", "hot"), ("ale", None))),
            event(3, 3, "Product Added", items=(("tea", "hot"),)),
            event(4, 6, "Products Searched"),
        ]
    )
    assert session_features(visit) == {
        "started_at": AT,
        "duration_seconds": 360.0,
        "mean_seconds_between_events": 120.0,
        "start_hour": 10,
        "start_weekday": 1,
        "events": 4,
        "pages": 1,
        "product_views": 1,
        "product_clicks": 0,
        "adds": 1,
        "wishes": 0,
        "removals": 0,
        "searches": 1,
        "checkouts": 0,
        "orders": 0,
        "kinds_of_events": 3,
        "items": 2,
        "categories": 1,
        "item_ids": ["ale", "tea", "tea"],
        "item_events": ["Product Viewed", "Product Viewed", "Product Added"],
    }


def test_a_single_event_takes_no_time_and_may_name_nothing() -> None:
    features = session_features(folded([event(1, 0, None, event_type="page")]))
    assert (features["duration_seconds"], features["mean_seconds_between_events"]) == (0.0, 0.0)
    assert features["item_ids"] is None


@pytest.mark.parametrize(
    ("zone", "hour", "weekday"),
    [("UTC", 10, 1), ("Europe/Berlin", 11, 1), ("Pacific/Honolulu", 0, 1), ("Pacific/Apia", 0, 2)],
)
def test_hours_and_weekdays_are_those_of_the_shops_clocks(
    zone: str, hour: int, weekday: int
) -> None:
    features = session_features(folded([event(1, 0)]), ZoneInfo(zone))
    assert (features["start_hour"], features["start_weekday"]) == (hour, weekday)
    assert features["started_at"] == AT


@pytest.mark.parametrize(("pause", "events"), [(30.0, 2), (30.01, 1)])
def test_a_pause_longer_than_half_an_hour_begins_another_visit(pause: float, events: int) -> None:
    assert len(folded([event(1), event(2, pause)])) == events


def test_another_user_ends_a_visit_and_signing_in_does_not() -> None:
    visitor, ada, bob = event(1), event(2, 1, user_id="ada"), event(3, 2, user_id="bob")
    assert folded([visitor, ada]) == (visitor, ada)
    assert folded([visitor, ada, event(4, 1.5), bob]) == (bob,)
    assert folded([visitor, ada, bob, replace(ada, message_id="m5", occurred_at=AT)])[-1] == bob


@pytest.mark.parametrize(
    "strange", [event(9, 1, event_type="identify"), event(9, 1, "Order Refunded"), event(1, 5)]
)
def test_what_is_no_part_of_a_visit_or_known_changes_nothing(strange: VisitEvent) -> None:
    before = folded([event(1), event(2, 1)])
    assert current_visit(before, strange) == before


def test_any_order_of_arrival_gives_the_same_visit() -> None:
    events = [event(number, number) for number in range(4)]
    assert {folded(list(arrived)) for arrived in permutations(events)} == {tuple(events)}


def test_a_robot_fills_no_store_and_keeps_its_visit() -> None:
    visit = folded([event(number, number / 100) for number in range(MOST_EVENTS + 50)])
    assert len(visit) == MOST_EVENTS
    assert session_id(visit) == session_id([event(0)])
    assert visit[-1].message_id == f"m{MOST_EVENTS + 49}"


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from([None, "ada", "bob"])), min_size=1))
def test_counting_on_is_counting_from_the_start_when_events_come_in_order(
    steps: list[tuple[int, str | None]],
) -> None:
    minutes = 0
    events = []
    for number, (gap, user) in enumerate(steps):
        minutes += gap
        events.append(event(number, minutes, user_id=user))
    events.sort(key=lambda one: one.order)
    visit = folded(events)
    assert visit == current_visit(events)[-len(visit) :]
    gaps = [b.occurred_at - a.occurred_at for a, b in pairwise(visit)]
    assert all(gap <= PAUSE for gap in gaps)
    assert len({one.user_id for one in visit if one.user_id}) <= 1
