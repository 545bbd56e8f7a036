"""A click is in the features of its visit before the next request, on both online stores."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient

from aisle.core.clock import wall_clock
from aisle.core.feature_store import open_online_store
from aisle.core.live_sessions import LiveSessions
from aisle.core.online_features import OnlineViews
from aisle.core.sessions import VisitEvent
from aisle.core.settings import Settings
from aisle.pipeline.features import apply_features, materialize_features
from aisle.serving.app import create_app
from tests.integration.online_stores import STORES, running_redis
from tests.integration.published_features import NOW, publish_features

CLICKS = 60
LIMIT_SECONDS = 0.1


@pytest.fixture(scope="module")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture(params=STORES)
def shop(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    if request.param == "redis":
        monkeypatch.setenv("AISLE_ONLINE_STORE", request.getfixturevalue("redis_address"))
        settings = Settings()
    publish_features(settings, "b1")
    apply_features(settings)
    materialize_features(settings)
    return settings


def test_the_next_request_sees_the_click(shop: Settings) -> None:
    seconds = []
    with TestClient(create_app(shop)) as client:
        for click in range(1, CLICKS + 1):
            item = f"item-{click % 7}"
            event = {
                "message_id": f"m{click}",
                "event": "Product Clicked",
                "anonymous_id": "device",
                "item_ids": [item],
            }
            started = time.perf_counter()
            sent = client.post("/v1/sessions/events", json=event)
            read = client.get("/v1/users/ada/features", params={"anonymous_id": "device"})
            seconds.append(time.perf_counter() - started)
            assert sent.status_code == read.status_code == 200, sent.text
            visit = {view["view"]: view for view in read.json()["views"]}["session_features_live"]
            assert visit["state"] == "fresh"
            assert visit["keys"] == {"session_id": sent.json()["session_id"]}
            assert visit["values"]["product_clicks"] == click
            assert visit["values"]["item_ids"][-1] == item
            assert visit["values"]["items"] == min(click, 7)
    # Not the very worst, so that one pause of a busy machine does not fail a correct program.
    assert float(np.percentile(seconds, 95)) < LIMIT_SECONDS, seconds


def clicked(number: int, occurred_at: datetime, **what: object) -> VisitEvent:
    values = {"device_id": "phone", "event_name": "Product Viewed", **what}
    return VisitEvent(
        message_id=f"m{number}",
        event_type="track",
        occurred_at=occurred_at,
        received_at=occurred_at,
        **values,  # type: ignore[arg-type]
    )


def test_what_another_process_counted_is_counted_on(shop: Settings) -> None:
    at = NOW.replace(microsecond=250_000)
    for number in range(4):
        views = OnlineViews(open_online_store(shop))  # as a process that has just begun
        event = clicked(number, at + timedelta(seconds=number), items=(("milk", None),))
        visit = LiveSessions(views, lambda item: "DAIRY").count(event)
    assert visit is not None
    row = OnlineViews(open_online_store(shop)).read("session_features_live", {"session_id": visit})
    assert row is not None
    assert (row.values["product_views"], row.values["items"], row.values["categories"]) == (4, 1, 1)
    assert row.values["duration_seconds"] == 3.0
    assert row.values["item_ids"] == ["milk"] * 4


def test_an_event_sent_twice_or_late_counts_once_and_in_its_place(shop: Settings) -> None:
    live = LiveSessions(OnlineViews(open_online_store(shop)))
    first = clicked(1, NOW, device_id="tv", items=(("a", None),))
    last = clicked(3, NOW + timedelta(minutes=2), device_id="tv", items=(("c", None),))
    late = clicked(2, NOW + timedelta(minutes=1), device_id="tv", items=(("b", None),))
    ids = {live.count(event) for event in (first, last, late, last)}
    (visit,) = ids
    assert visit is not None
    row = OnlineViews(open_online_store(shop)).read("session_features_live", {"session_id": visit})
    assert row is not None
    assert row.values["item_ids"] == ["a", "b", "c"]
    assert row.values["events"] == 3


def test_a_visit_that_is_over_is_not_the_devices_any_more(shop: Settings) -> None:
    with TestClient(create_app(shop)) as client:
        # By the last event of the marts, and by the machine's clock, which is years ahead of it.
        for device, now in (("old", NOW), ("new", wall_clock())):
            ago = (now - timedelta(minutes=31)).isoformat()
            event = {"message_id": device, "type": "page", "anonymous_id": device, "timestamp": ago}
            visit = client.post("/v1/sessions/events", json=event).json()["session_id"]
            of_device = client.get("/v1/users/ada/features", params={"anonymous_id": device}).json()
            assert "session_features_live" not in {view["view"] for view in of_device["views"]}
            by_id = client.get("/v1/users/ada/features", params={"session_id": visit}).json()
            states = {view["view"]: view["state"] for view in by_id["views"]}
            assert states["session_features_live"] == "stale"
        refused = client.post("/v1/sessions/events", json={"message_id": "m"})
        assert refused.status_code == 422
