"""Counts an event into the features of the visit under way, online, before it returns.

A read after it, by whatever process, finds the event counted. Events of one device go through one
process at a time: two that count at the same moment could each miss the other's event.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from aisle.core.clock import wall_clock
from aisle.core.online_features import OnlineRow, OnlineViews
from aisle.core.sessions import PAUSE, VisitEvent, current_visit, session_features, session_id

FEATURES, STATE = "session_features_live", "visitor_session"
DEVICE, SESSION = "anonymous_id", "session_id"
# Redis forgets a visit a day after its newest event: what is stale by then nobody reads any more.
KEPT_SECONDS = int(timedelta(days=1).total_seconds())

Category = Callable[[str], str | None]


class LiveSessions:
    """Writes the visits under way into the online store."""

    def __init__(
        self,
        views: OnlineViews,
        category_of: Category = lambda item_id: None,
        zone: tzinfo = UTC,
    ) -> None:
        self._views = views
        self._zone = zone
        self._category_of = category_of
        self._lock = threading.Lock()

    def count(self, event: VisitEvent) -> str | None:
        """Count one event and return the visit's id; None while nobody has browsed in it.

        Items without a category get the catalogue's. An event that came before counts once.
        """
        items = tuple((item, known or self._category_of(item)) for item, known in event.items)
        with self._lock:
            before = self.visit_of(event.device_id)
            visit = current_visit(before, replace(event, items=items))
            if visit and visit != before:
                self._write(event.device_id, visit)
        return session_id(visit) if any(one.is_browsing for one in visit) else None

    def visit_of(self, device_id: str) -> tuple[VisitEvent, ...]:
        """Return the events of the newest visit of a device, however long ago."""
        row = self._views.read(STATE, {DEVICE: device_id})
        return () if row is None else _events(row.values["events"])

    def _write(self, device_id: str, visit: tuple[VisitEvent, ...]) -> None:
        newest_at, visit_id = visit[-1].occurred_at, session_id(visit)
        if any(one.is_browsing for one in visit):
            row = OnlineRow(session_features(visit, self._zone), newest_at)
            self._views.write(FEATURES, {SESSION: visit_id}, row, KEPT_SECONDS)
        state = OnlineRow({"session_id": visit_id, "events": _text(visit)}, newest_at)
        self._views.write(STATE, {DEVICE: device_id}, state, KEPT_SECONDS)


def current_session(views: OnlineViews, device_id: str, now: datetime) -> str | None:
    """Return the visit that a device is in at `now` (naive UTC); None when it is over.

    A visit later than `now`, which may be the last event of the marts, is judged by the clock.
    """
    if STATE not in views.views:  # a registry from before there were visits
        return None
    row = views.read(STATE, {DEVICE: device_id})
    if row is None:
        return None
    judged_at = now if row.event_at <= now else wall_clock()
    if judged_at - row.event_at > PAUSE:
        return None
    return str(row.values["session_id"])


def _text(visit: tuple[VisitEvent, ...]) -> str:
    return json.dumps([asdict(one) for one in visit], default=datetime.isoformat)


def _events(text: str) -> tuple[VisitEvent, ...]:
    return tuple(_event(one) for one in json.loads(text))


def _event(values: dict[str, Any]) -> VisitEvent:
    moments = {
        name: datetime.fromisoformat(values[name]) for name in ("occurred_at", "received_at")
    }
    items = tuple((item, category) for item, category in values["items"])
    return VisitEvent(**{**values, **moments, "items": items})
