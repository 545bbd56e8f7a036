"""The features of a visit from its events, as dbt counts them in the mart `session_features`.

The rules of where a visit ends are those of `int_events_sessionized`; a test sends the same events
through both. Everything here is a function of the events, so that late and repeated ones count as
they do in the warehouse.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

PAUSE = timedelta(minutes=30)  # dbt's var session_timeout_minutes
MOST_EVENTS = 500  # of one visit; a person stays far below, a robot does not fill the store
PAGES = ("page", "screen")
TRACK = "track"
KINDS = (*PAGES, TRACK)
MONEY_BACK = "Order Refunded"  # no visit
FROM_ELSEWHERE = ("Order Completed", "Product Reviewed")  # tills and servers send them too
COUNTED = {
    "product_views": "Product Viewed",
    "product_clicks": "Product Clicked",
    "adds": "Product Added",
    "wishes": "Product Added to Wishlist",
    "removals": "Product Removed",
    "searches": "Products Searched",
    "checkouts": "Checkout Started",
    "orders": "Order Completed",
}


@dataclass(frozen=True)
class VisitEvent:
    """One event of a visit. Times are naive UTC; `user_id` only of who signed in."""

    message_id: str
    event_type: str
    event_name: str | None
    occurred_at: datetime
    received_at: datetime
    device_id: str
    source: str = ""
    user_id: str | None = None
    items: tuple[tuple[str, str | None], ...] = ()  # item ids with their category

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """What events of a visit are sorted by."""
        return self.occurred_at, self.received_at, self.message_id

    @property
    def is_browsing(self) -> bool:
        """Whether only somebody in the shop does this."""
        return self.event_type != TRACK or self.event_name not in FROM_ELSEWHERE

    @property
    def is_of_a_visit(self) -> bool:
        """Whether it is something that somebody does."""
        return self.event_type in KINDS and self.event_name != MONEY_BACK


def current_visit(
    events: Sequence[VisitEvent], event: VisitEvent | None = None
) -> tuple[VisitEvent, ...]:
    """Return the newest visit of a device: of the events that it was until now, and a new one.

    An event that is known already, or that is no part of a visit, changes nothing.
    """
    known = {one.message_id for one in events}
    is_new = event is not None and event.is_of_a_visit and event.message_id not in known
    together = [*events, event] if event is not None and is_new else list(events)
    visit = _last_part(sorted(together, key=lambda one: one.order))
    # The first event stays: it names the visit and begins its time.
    return tuple(visit[:1] + visit[1:][-(MOST_EVENTS - 1) :])


def session_id(visit: Sequence[VisitEvent]) -> str:
    """Return the id that the warehouse gives a visit, in the order of its events."""
    first = visit[0]
    text = f"{first.source}|{first.device_id}|{first.message_id}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def session_features(visit: Sequence[VisitEvent], zone: tzinfo = UTC) -> Mapping[str, Any]:
    """Return the features of a visit, in the order of its events; times are naive UTC.

    The hour and the weekday are those of the clocks of `zone`.
    """
    started_at = visit[0].occurred_at
    local = started_at.replace(tzinfo=UTC).astimezone(zone)
    seconds = (visit[-1].occurred_at - started_at).total_seconds()
    tracked = [one for one in visit if one.event_type == TRACK]
    named = [(item, event) for event in tracked for item in _items(event)]
    return {
        "started_at": started_at,
        "duration_seconds": seconds,
        "mean_seconds_between_events": seconds / (len(visit) - 1) if len(visit) > 1 else 0.0,
        "start_hour": local.hour,
        "start_weekday": local.isoweekday(),
        "events": len(visit),
        "pages": sum(one.event_type in PAGES for one in visit),
        **{
            feature: sum(one.event_name == name for one in tracked)
            for feature, name in COUNTED.items()
        },
        "kinds_of_events": _different(one.event_name for one in visit),
        "items": _different(item for (item, _), _ in named),
        "categories": _different(category for (_, category), _ in named),
        "item_ids": [item for (item, _), _ in named] or None,
        "item_events": [event.event_name for _, event in named] or None,
    }


def _last_part(events: list[VisitEvent]) -> list[VisitEvent]:
    """Return what follows the last pause, or the last change of the user who is signed in."""
    start, user = 0, events[0].user_id if events else None
    for position, (before, event) in enumerate(pairwise(events), start=1):
        is_pause = event.occurred_at - before.occurred_at > PAUSE
        if is_pause or (event.user_id and user and event.user_id != user):
            start, user = position, None
        user = event.user_id or user
    return events[start:]


def _items(event: VisitEvent) -> list[tuple[str, str | None]]:
    """Return each item of an event once, by id."""
    return sorted(dict(event.items).items())


def _different(values: Iterable[str | None]) -> int:
    return len({value for value in values if value is not None})
