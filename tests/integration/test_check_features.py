"""The parity gate over real stores: it passes when all agree and names what does not."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd
import pytest
from feast import FeatureStore

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.feature_store import open_online_store
from aisle.core.online_features import OnlineRow, OnlineViews
from aisle.core.settings import Settings
from aisle.pipeline.features import apply_features, materialize_features
from aisle.serving import check_features as check_module
from aisle.serving import parity_lists
from aisle.serving.check_features import check_features
from aisle.serving.neighbours import ItemVectors, read_item_vectors
from tests.integration.online_stores import STORES, running_redis
from tests.integration.published_features import MONDAY, NOW, publish_features, publish_vectors
from tests.integration.serving_shop import promote

ALL = 100  # more than there are


@pytest.fixture(scope="module")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """A publication whose newest rows are online."""
    return _online(settings)


def _online(settings: Settings) -> Settings:
    publish_features(settings, "b1")
    publish_vectors(settings)
    apply_features(settings)
    materialize_features(settings)
    return settings


@pytest.mark.parametrize("store", STORES)
def test_a_shop_whose_views_say_what_the_marts_say_passes(
    store: str,
    settings: Settings,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if store == "redis":
        monkeypatch.setenv("AISLE_ONLINE_STORE", request.getfixturevalue("redis_address"))
    parity = check_features(_online(Settings()), ALL)
    assert parity.differences == []
    compared = {view.view: view.entities for view in parity.views}
    assert {"user_activity", "user_attributes", "item_activity", "item_attributes"} <= set(compared)
    vectors = {name: compared.pop(f"item_{name}_embedding") for name in ("text", "image")}
    assert vectors == {"text": 4, "image": 3}
    assert set(compared.values()) == {3}
    assert parity.values > 3 * 30


def test_a_user_no_longer_active_is_missing_on_every_side(shop: Settings) -> None:
    path = shop.current_marts / "user_features.parquet"
    frame = pd.read_parquet(path)
    old = (frame["user_id"] == "eve") & (frame["as_of_date"] < MONDAY)
    frame[(frame["user_id"] != "eve") | old].to_parquet(path, coerce_timestamps="us", index=False)
    # Her newest row stays online, older than the view's time to live.
    views = OnlineViews(open_online_store(shop))
    too_old = OnlineRow({"orders_28d": 9}, pd.Timestamp("2017-12-25").to_pydatetime())
    views.write("user_activity", {"user_id": "eve"}, too_old)
    assert check_features(shop, ALL).differences == []


def test_a_writer_that_changes_a_value_is_named_with_the_three_values(shop: Settings) -> None:
    views = OnlineViews(open_online_store(shop))
    row = views.read("user_activity", {"user_id": "bob"})
    assert row is not None
    changed = {**row.values, "orders_91d": 4711}
    views.write("user_activity", {"user_id": "bob"}, OnlineRow(changed, NOW))
    with pytest.raises(AisleError) as failed:
        check_features(shop, ALL)
    true = row.values["orders_91d"]
    line = (
        f"user_activity.orders_91d of user_id=bob: served 4711, point-in-time join {true}, "
        f"mart {true}"
    )
    assert line in str(failed.value).splitlines()
    assert "1 of " in str(failed.value)
    report = json.loads((shop.feast / "parity.json").read_text())
    assert report["views"]["user_activity"]["differences"] == [line]


def test_a_vector_that_is_not_the_newest_is_named(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def a_week_ago(store: FeatureStore, now: datetime) -> dict[str, ItemVectors]:
        return read_item_vectors(store, now - timedelta(days=7))

    monkeypatch.setattr(check_module, "read_item_vectors", a_week_ago)
    with pytest.raises(AisleError, match="3 of ") as failed:
        check_features(shop, ALL)
    named = re.findall(r"item_text_embedding\.vector of item_id=(\S+): served", str(failed.value))
    assert sorted(named) == ["a/b", "milk", "tea"]
    assert "of item_id=a/b: served None, point-in-time join [0.6" in str(failed.value)


def test_values_of_another_build_are_not_compared(shop: Settings) -> None:
    publish_features(shop, "b2")
    with pytest.raises(NothingToDo, match="b2 was published after the features of b1"):
        check_features(shop, ALL)


def test_before_anything_is_online_it_says_what_to_run(settings: Settings) -> None:
    publish_features(settings, "b1")
    with pytest.raises(AisleError, match="aisle materialize-features"):
        check_features(settings, ALL)


def test_lists_of_a_batch_and_of_the_api_are_compared(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(shop)
    assert check_features(shop, ALL).lists == 3
    answered = parity_lists._asked

    def upside_down(client: object, user: str, k: int) -> tuple[str, ...]:
        return tuple(reversed(answered(client, user, k)))  # type: ignore[arg-type]

    monkeypatch.setattr(parity_lists, "_asked", upside_down)
    with pytest.raises(AisleError, match="rank 1 for user_id=ada: batch 'p1', API 'p20'"):
        check_features(shop, ALL)
