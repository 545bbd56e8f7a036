"""What is known of a user or a visit while it shops: online rows that are still fresh.

Feast keeps a value online until it is replaced, however old. A row older than its view's time to
live is what the point-in-time join of a training would not find either, so it counts as missing.
"""

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from aisle.core.clock import wall_clock
from aisle.core.feature_store import open_online_store
from aisle.core.live_sessions import current_session
from aisle.core.online_features import OnlineRow, OnlineViews, store_failures
from aisle.core.settings import Settings
from aisle.serving.metrics import Metrics

if TYPE_CHECKING:
    from feast import FeatureView

log = logging.getLogger(__name__)

State = Literal["fresh", "stale", "missing", "unavailable"]
KIND = "kind"
PATIENCE_SECONDS = 1.0  # after which what was not read yet is unavailable
LISTS = "lists"  # tag of views whose rows are answers, not features
STATE = "state"  # tag of views that only whoever writes them reads


@dataclass(frozen=True)
class ViewValues:
    """One view of one entity: its values are there when `state` is fresh, else all are missing."""

    view: str
    keys: Mapping[str, str]  # whose: join key → id
    state: State
    event_at: datetime | None = None  # naive UTC; of a stale row too
    values: Mapping[str, Any] = field(default_factory=dict)  # every feature, null where missing


class FeatureReader:
    """Reads what is online and fresh; never raises because a value or the store is missing."""

    def __init__(self, views: OnlineViews, metrics: Metrics) -> None:
        self._views = views
        self._metrics = metrics
        self._failures = store_failures()
        self._failing: set[str] = set()  # views that the log tells of already

    def read(self, entities: Mapping[str, str], now: datetime) -> list[ViewValues]:
        """Return all online feature views of the entities (join key → id), sorted by name.

        Naive UTC; a row of a later moment than `now` is fresh, unless it was pushed (`is_stale`).
        """
        started = time.perf_counter()
        views = [
            view
            for view in self._views.of_entities(entities)
            if view.tags.get(KIND) not in (LISTS, STATE)
        ]
        read = self._read_at_once if self._views.are_read_at_once else self._read_in_turn
        found = read(views, entities, now)
        self._metrics.feature_read_seconds.observe(time.perf_counter() - started)
        return found

    def read_named(
        self, names: Collection[str], entities: Mapping[str, str], now: datetime
    ) -> list[ViewValues]:
        """Return those of the online views of the entities that have one of these names."""
        views = [view for view in self._views.of_entities(entities) if view.name in names]
        return self._read_in_turn(views, entities, now)

    def _read_at_once(
        self, views: "list[FeatureView]", entities: Mapping[str, str], now: datetime
    ) -> list[ViewValues]:
        try:
            rows = self._views.read_at_once(views, entities)
        except self._failures as error:
            return [self._failed(view, entities, error) for view in views]
        return [self._judged(view, entities, rows[view.name], now) for view in views]

    def _read_in_turn(
        self, views: "list[FeatureView]", entities: Mapping[str, str], now: datetime
    ) -> list[ViewValues]:
        started = time.perf_counter()
        found = []
        for view in views:
            if time.perf_counter() - started > PATIENCE_SECONDS:  # it would not answer in time
                found.append(self._unavailable(view, entities))
            else:
                found.append(self.read_view(view, entities, now))
        return found

    def session_of(self, device_id: str, now: datetime) -> str | None:
        """Return the visit that a device is in at `now`; None without one, or without an answer."""
        try:
            return current_session(self._views, device_id, now)
        except self._failures as error:
            log.error("The visit of a device cannot be read: %s", error)
            return None

    def read_view(
        self, view: "FeatureView", entities: Mapping[str, str], now: datetime
    ) -> ViewValues:
        """Return one view of the entities it describes."""
        try:
            row = self._views.read(view.name, entities)
        except self._failures as error:
            return self._failed(view, entities, error)
        return self._judged(view, entities, row, now)

    def _judged(
        self,
        view: "FeatureView",
        entities: Mapping[str, str],
        row: OnlineRow | None,
        now: datetime,
    ) -> ViewValues:
        self._failing.discard(view.name)
        keys = {key: entities[key] for key in view.join_keys}
        nothing = _nothing(view)
        if row is None:
            return self._counted(ViewValues(view.name, keys, "missing", values=nothing))
        state: State = "stale" if is_stale(view, row, now) else "fresh"
        values = nothing if state == "stale" else row.values
        return self._counted(ViewValues(view.name, keys, state, row.event_at, values))

    def _failed(
        self, view: "FeatureView", entities: Mapping[str, str], error: Exception
    ) -> ViewValues:
        """Count a view that did not answer; the log tells of it once."""
        if view.name not in self._failing:
            self._failing.add(view.name)
            log.error("Online view %s cannot be read: %s", view.name, error)
        return self._unavailable(view, entities)

    def _unavailable(self, view: "FeatureView", entities: Mapping[str, str]) -> ViewValues:
        keys = {key: entities[key] for key in view.join_keys}
        return self._counted(ViewValues(view.name, keys, "unavailable", values=_nothing(view)))

    def _counted(self, values: ViewValues) -> ViewValues:
        self._metrics.count_read(values.view, values.state)
        return values


def open_reader(settings: Settings, metrics: Metrics) -> FeatureReader:
    """Return a reader of the views that Feast's registry knows now."""
    return FeatureReader(OnlineViews(open_online_store(settings)), metrics)


def _nothing(view: "FeatureView") -> dict[str, None]:
    return {feature.name: None for feature in view.features}


def is_stale(view: "FeatureView", row: OnlineRow, now: datetime) -> bool:
    """Return whether a row is older than its view's time to live allows; zero means it holds.

    What is pushed while people shop is stamped by the machine's clock. Where that is ahead of `now`
    (the last event of the marts, with `AISLE_NOW=data`), such a row is judged by it.
    """
    if view.stream_source and row.event_at > now:
        now = wall_clock()
    return bool(view.ttl) and now - row.event_at > view.ttl
