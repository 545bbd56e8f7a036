"""The model is told of a user and a visit what is known, unless the user wants nothing personal."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from aisle.core.settings import Settings
from aisle.serving.features import ViewValues
from aisle.serving.live import Live
from aisle.serving.occasion import Occasion, context_of
from aisle.serving.problems import add_problem_handlers
from aisle.serving.registry import Champion
from aisle.serving.routes import router
from aisle.serving.shop import Shop

NOW = datetime(2018, 1, 3)


class Store:
    """Knows ada's attributes and one visit, that of the tablet; remembers whom it was asked of."""

    def __init__(self, attributes: Any = '{"age": "35-44"}') -> None:
        self.attributes = attributes
        self.asked: list[Mapping[str, str]] = []

    def session_of(self, device_id: str, now: datetime) -> str | None:
        return "s1" if device_id == "tablet" else None

    def read_named(
        self, names: Collection[str], entities: Mapping[str, str], now: datetime
    ) -> list[ViewValues]:
        self.asked.append(entities)
        told = {"attributes": self.attributes}
        found = [ViewValues("user_attributes", {}, "fresh", NOW, told)]
        items = ["p1", "p2"] if entities.get("session_id") == "s1" else None
        return [*found, ViewValues("session_features_live", {}, "fresh", NOW, {"item_ids": items})]


class Remembering:
    """A model that remembers the contexts it was asked in."""

    def __init__(self) -> None:
        self.contexts: list[Any] = []

    def predict(self, data: pd.DataFrame) -> pd.DataFrame:
        text = data["context"].iloc[0] if "context" in data else None
        self.contexts.append(None if text is None else json.loads(text))
        user = data["user_id"].iloc[0]
        columns = ["user_id", "item_id", "score", "rank", "source"]
        return pd.DataFrame([(user, "p9", 1.0, 1, "segment")], columns=columns)


@pytest.fixture
def live(settings: Settings) -> Live:
    live = Live(settings)
    live.features = Store()  # type: ignore[assignment]
    live.champion = Champion("3", Remembering())
    live.shop = Shop("b1", as_of=NOW, refused=frozenset({"refuser"}))
    return live


@pytest.fixture
def client(live: Live) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router)
    add_problem_handlers(app)
    app.state.live = live
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def contexts(live: Live) -> list[Any]:
    return live.champion.model.contexts  # type: ignore[union-attr,attr-defined,no-any-return]


def test_what_is_online_of_user_and_visit_reaches_the_model(client: TestClient, live: Live) -> None:
    answer = client.get("/v1/recommendations?user_id=ada&anonymous_id=tablet")

    assert answer.json()["items"][0]["source"] == "segment"
    assert contexts(live) == [{"attributes": {"age": "35-44"}, "session": ["p1", "p2"]}]


def test_a_visit_can_be_named(live: Live) -> None:
    assert context_of(live, "ada", Occasion(session_id="s1"))["session"] == ["p1", "p2"]
    assert "session" not in context_of(live, "ada", Occasion(session_id="s2"))


def test_what_the_request_says_goes_first(client: TestClient, live: Live) -> None:
    body = {"user_id": "new", "attributes": {"age": "19-24"}, "session": ["p7"]}

    assert client.post("/v1/recommendations", json=body).status_code == 200

    assert contexts(live) == [{"attributes": {"age": "19-24"}, "session": ["p7"]}]
    assert live.features.asked == []  # type: ignore[union-attr]


def test_of_who_refused_nothing_is_read_nor_told(client: TestClient, live: Live) -> None:
    body = {"user_id": "refuser", "attributes": {"age": "19-24"}, "session": ["p7"]}

    for answer in (
        client.post("/v1/recommendations", json=body),
        client.get("/v1/recommendations?user_id=refuser&anonymous_id=tablet"),
    ):
        assert answer.json()["fallback"] == "no_consent"

    assert contexts(live) == [None, None]
    assert live.features.asked == []  # type: ignore[union-attr]


@pytest.mark.parametrize("attributes", [None, "", "[1]", "no json", 7, "{}"])
def test_attributes_that_are_no_object_say_nothing(live: Live, attributes: Any) -> None:
    live.features = Store(attributes)  # type: ignore[assignment]

    assert context_of(live, "ada", Occasion()) == {}


def test_without_a_store_the_answer_comes_all_the_same(client: TestClient, live: Live) -> None:
    live.features = None

    assert client.get("/v1/recommendations?user_id=ada").status_code == 200
    assert contexts(live) == [None]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": ""},
        {"user_id": "ada", "session": ["p"] * 101},
        {"user_id": "ada", "session": [""]},
        {"user_id": "ada", "attributes": ["age"]},
        {"user_id": "ada", "limit": 0},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/recommendations", json=body).status_code == 422
