from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from aisle.core.settings import Settings
from aisle.serving.feature_routes import router
from aisle.serving.features import ViewValues
from aisle.serving.identities import Identities
from aisle.serving.live import Live
from aisle.serving.problems import add_problem_handlers
from aisle.serving.shop import Shop

NOW = datetime(2018, 1, 3)


class FixedReader:
    """Knows one feature of everybody, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Mapping[str, str], datetime]] = []

    def read(self, entities: Mapping[str, str], now: datetime) -> list[ViewValues]:
        self.asked.append((entities, now))
        return [ViewValues("activity", {"user_id": "ada"}, "fresh", NOW, {"orders_28d": 3})]


@pytest.fixture
def live(settings: Settings) -> Live:
    live = Live(settings)
    live.features = FixedReader()  # type: ignore[assignment]
    identities = Identities(renamed={"eva": "ada"})
    live.shop = Shop("b1", as_of=NOW, refused=frozenset({"refuser"}), identities=identities)
    return live


@pytest.fixture
def client(live: Live) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router)
    add_problem_handlers(app)
    app.state.live = live
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_users_features_come_with_their_state_and_moment(client: TestClient) -> None:
    answer = client.get("/v1/users/ada/features").json()
    assert answer == {
        "user_id": "ada",
        "as_of": "2018-01-03T00:00:00",
        "withheld": None,
        "views": [
            {
                "view": "activity",
                "keys": {"user_id": "ada"},
                "state": "fresh",
                "event_at": "2018-01-03T00:00:00",
                "values": {"orders_28d": 3},
            }
        ],
    }


def test_an_earlier_name_means_the_present_user_and_a_visit_is_read_too(
    client: TestClient, live: Live
) -> None:
    client.get("/v1/users/eva/features", params={"session_id": "s1"})
    reader: FixedReader = live.features  # type: ignore[assignment]
    assert reader.asked == [({"user_id": "ada", "session_id": "s1"}, NOW)]


def test_of_who_refused_personalization_nothing_is_read(client: TestClient, live: Live) -> None:
    answer = client.get("/v1/users/refuser/features").json()
    assert (answer["withheld"], answer["views"]) == ("no_consent", [])
    assert live.features.asked == []  # type: ignore[union-attr]


@pytest.mark.parametrize("lacks", ["reader", "shop"])
def test_without_features_the_answer_says_what_to_run(
    client: TestClient, live: Live, lacks: str
) -> None:
    if lacks == "reader":
        live.features = None
    else:
        live.shop = replace(live.shop, as_of=None)
    answer = client.get("/v1/users/ada/features")
    assert answer.status_code == 503
    assert "aisle materialize-features" in answer.json()["detail"]


def test_the_metrics_are_for_prometheus(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "aisle_serving_feature_read_seconds_bucket" in answer.text
