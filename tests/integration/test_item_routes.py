"""What the service says of items over HTTP: features and neighbours, from published files."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from aisle.core import clock
from aisle.core.feature_store import open_store
from aisle.core.publications import POINTER
from aisle.core.settings import Settings
from aisle.pipeline.features import apply_features
from aisle.serving.app import create_app
from aisle.serving.neighbours import read_item_vectors
from tests.integration.published_features import (
    DATES,
    MONDAY,
    NOW,
    expected,
    publish_features,
    publish_vectors,
)

ACTIVITY, ATTRIBUTES = "item_activity", "item_attributes"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A publication with vectors of texts, and the views that say where they are."""
    settings = Settings(home=tmp_path_factory.mktemp("items") / "home", mlflow_uri="")
    publish_features(settings, "b1")
    publish_vectors(settings)
    apply_features(settings)
    return settings


@pytest.fixture
def client(shop: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(shop)) as client:
        yield client


@pytest.fixture
def tea_off_sale(shop: Settings) -> Iterator[None]:
    """For one test, tea is not available."""
    path = shop.current_marts / "dim_items.parquet"
    published = path.read_bytes()
    items = pd.read_parquet(path)
    items["is_available"] = items["item_id"] != "tea"
    items.to_parquet(path, coerce_timestamps="us", index=False)
    yield
    path.write_bytes(published)


@pytest.fixture
def unpublished_vectors(shop: Settings) -> Iterator[None]:
    """For one test, nothing leads to the published vectors."""
    pointer, aside = shop.embeddings / POINTER, shop.embeddings / "aside"
    pointer.rename(aside)
    yield
    aside.rename(pointer)


def near(client: TestClient, item: str, **asked: Any) -> dict[str, float]:
    answer = client.get(f"/v1/items/{item}/similar", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["item_id"] == item.replace("%2F", "/")
    return {found["item_id"]: found["cosine"] for found in answer.json()["items"]}


def test_similar_items_come_nearest_first_by_their_newest_texts(client: TestClient) -> None:
    found = near(client, "milk")
    assert list(found) == ["tea", "a/b"]
    assert found == pytest.approx({"tea": 0.8, "a/b": 0.6})
    titles = [item["title"] for item in client.get("/v1/items/milk/similar").json()["items"]]
    assert titles == ["Tea", "Item a/b"]


def test_an_item_whose_id_has_a_slash_has_neighbours(client: TestClient) -> None:
    for spelling in ("a/b", "a%2Fb"):
        assert list(near(client, spelling)) == ["tea", "milk"]


def test_as_many_similar_items_come_as_asked_for(client: TestClient) -> None:
    assert list(near(client, "milk", limit=1)) == ["tea"]


@pytest.mark.parametrize("item", ["egg", "unheard of"])
def test_an_item_without_a_text_or_unknown_has_no_neighbours(client: TestClient, item: str) -> None:
    assert near(client, item) == {}


def test_items_are_found_by_their_pictures_too(client: TestClient) -> None:
    assert near(client, "tea", by="image") == pytest.approx({"egg": 0.6})
    assert near(client, "milk", by="image") == {}
    assert near(client, "tea", by="text") == near(client, "tea")
    answer = client.get("/v1/items/tea/similar", params={"by": "smell"})
    assert answer.status_code == 422
    assert "'text' or 'image'" in answer.text


@pytest.mark.usefixtures("tea_off_sale")
def test_an_item_off_sale_is_nobodys_neighbour(shop: Settings) -> None:
    with TestClient(create_app(shop)) as client:
        assert list(near(client, "milk")) == ["a/b"]
        assert list(near(client, "tea")) == ["a/b", "milk"]


@pytest.mark.parametrize("what", ["similar", "features"])
def test_an_id_that_cannot_be_one_is_refused(client: TestClient, what: str) -> None:
    for item in ("x" * 257, "a%00b"):
        answer = client.get(f"/v1/items/{item}/{what}")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_a_limit_out_of_bounds_is_refused(client: TestClient, limit: str) -> None:
    answer = client.get("/v1/items/milk/similar", params={"limit": limit})
    assert answer.status_code == 422
    assert "limit" in answer.text


def test_before_anything_is_published_there_are_no_neighbours_and_no_features(
    settings: Settings,
) -> None:
    with TestClient(create_app(settings)) as client:
        assert near(client, "milk") == {}
        answer = client.get("/v1/items/milk/features").json()
    assert answer == {"item_id": "milk", "as_of": None, "views": {}, "states": {}}


def test_every_feature_of_an_item_is_its_newest_one(client: TestClient) -> None:
    answer = client.get("/v1/items/tea/features").json()
    assert answer["as_of"] == NOW.isoformat()
    assert answer["states"] == {ACTIVITY: "fresh", ATTRIBUTES: "fresh"}
    told = answer["views"][ACTIVITY]
    assert told["orders_28d"] == expected("tea", "orders_28d", NOW, "Int64")
    assert len(told) > 30


def test_of_an_unknown_item_every_feature_is_null(client: TestClient) -> None:
    answer = client.get("/v1/items/unheard of/features").json()
    assert set(answer["states"].values()) == {"missing"}
    assert {value for view in answer["views"].values() for value in view.values()} == {None}


def test_counts_grow_stale_in_memory_where_builds_stall(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the machine's clock, the process goes on and no newer build comes."""
    moment = NOW
    monkeypatch.setattr(clock, "wall_clock", lambda: moment)
    by_the_clock = Settings(home=shop.root, mlflow_uri="", now="wall")
    with TestClient(create_app(by_the_clock)) as client:
        moment = NOW + timedelta(days=8)
        fresh = client.get("/v1/items/tea/features").json()
        moment += timedelta(seconds=1)
        stale = client.get("/v1/items/tea/features").json()
        counted = client.get("/metrics").text
    assert fresh["states"][ACTIVITY] == "fresh"
    assert fresh["views"][ACTIVITY]["orders_28d"] is not None
    assert stale["as_of"] == moment.isoformat()
    assert stale["states"] == {ACTIVITY: "stale", ATTRIBUTES: "fresh"}
    assert set(stale["views"][ACTIVITY].values()) == {None}
    assert stale["views"][ATTRIBUTES] == fresh["views"][ATTRIBUTES]
    for state in ("fresh", "stale"):
        line = f'aisle_serving_feature_reads_total{{state="{state}",view="{ACTIVITY}"}} 1.0'
        assert line in counted


@pytest.mark.parametrize(
    ("now", "nearest"), [(DATES[0], "tea"), (MONDAY, "milk")], ids=["last week", "now"]
)
def test_vectors_are_those_that_were_known_at_a_moment(
    shop: Settings, now: datetime, nearest: str
) -> None:
    vectors = read_item_vectors(open_store(shop), now)["item_text_embedding"]
    ((found, cosine),) = vectors.near(np.array([1, 0], dtype=np.float32), 1)
    assert (found, cosine) == (nearest, pytest.approx(1))


def test_there_are_no_vectors_before_any_text_was_known(shop: Settings) -> None:
    assert read_item_vectors(open_store(shop), DATES[0] - timedelta(days=1)) == {}


@pytest.mark.usefixtures("unpublished_vectors")
def test_without_a_file_of_vectors_there_are_no_neighbours(shop: Settings) -> None:
    assert read_item_vectors(open_store(shop), NOW) == {}
    with TestClient(create_app(shop)) as client:
        assert near(client, "milk") == {}
