"""Both online stores keep one contract: the newest value, its age, and the last write counts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from aisle.core.feature_store import open_online_store
from aisle.core.online_features import OnlineRow, OnlineViews
from aisle.core.settings import Settings
from aisle.pipeline.features import apply_features, materialize_features
from aisle.serving.app import create_app
from aisle.serving.features import FeatureReader, open_reader
from aisle.serving.metrics import Metrics
from tests.integration.online_stores import STORES, running_redis
from tests.integration.published_features import DATES, NOW, expected, publish_features

USERS_VIEW = "user_activity"


@pytest.fixture(scope="module")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture(params=STORES)
def shop(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """A publication whose newest rows are online, in one store after the other."""
    if request.param == "redis":
        address = request.getfixturevalue("redis_address")
        monkeypatch.setenv("AISLE_ONLINE_STORE", address)
        settings = Settings()
    publish_features(settings, "b1")
    apply_features(settings)
    materialize_features(settings)
    return settings


def reader_of(shop: Settings) -> FeatureReader:
    return open_reader(shop, Metrics())


def values_of(reader: FeatureReader, user: str, now: datetime) -> dict[str, object]:
    found = {view.view: view for view in reader.read({"user_id": user}, now)}
    return dict(found[USERS_VIEW].values)


def states_of(reader: FeatureReader, user: str, now: datetime) -> dict[str, str]:
    return {view.view: view.state for view in reader.read({"user_id": user}, now)}


def test_every_feature_of_every_online_view_is_the_newest_one(shop: Settings) -> None:
    views = OnlineViews(open_online_store(shop))
    reader = FeatureReader(views, Metrics())
    for user in ("ada", "bob", "eve"):
        for found in reader.read({"user_id": user}, NOW):
            view = views.views[found.view]
            if view.stream_source or found.view == "user_attributes":
                continue
            assert (found.state, found.event_at) == ("fresh", NOW)
            for feature in view.features:
                told = found.values[feature.name]
                assert told == expected(user, feature.name, NOW, feature.dtype), feature.name


def test_who_is_unknown_has_missing_values_and_no_error(shop: Settings) -> None:
    reader = reader_of(shop)
    assert set(states_of(reader, "nobody", NOW).values()) == {"missing"}
    assert set(values_of(reader, "nobody", NOW).values()) == {None}


def test_what_always_held_is_told_as_of_its_beginning(shop: Settings) -> None:
    """Attributes of a customer file without dates hold from the first moment there is."""
    path = shop.current_marts / "user_versions.parquet"
    frame = pd.read_parquet(path).drop_duplicates("user_id")
    always = datetime(1970, 1, 1)
    frame.assign(valid_from=always).to_parquet(path, coerce_timestamps="us", index=False)
    materialize_features(shop)
    reader = reader_of(shop)
    for row in frame.itertuples():
        found = {view.view: view for view in reader.read({"user_id": row.user_id}, NOW)}
        told = found["user_attributes"]
        assert (told.state, told.event_at) == ("fresh", always)
        assert told.values["attributes"] == row.attributes
    assert states_of(reader, "nobody", NOW)["user_attributes"] == "missing"


def test_a_value_older_than_its_time_to_live_is_missing_and_counted(shop: Settings) -> None:
    metrics = Metrics()
    reader = open_reader(shop, metrics)
    last_moment = NOW + timedelta(days=8)
    assert states_of(reader, "ada", last_moment)[USERS_VIEW] == "fresh"
    too_late = last_moment + timedelta(seconds=1)
    assert states_of(reader, "ada", too_late)[USERS_VIEW] == "stale"
    assert set(values_of(reader, "ada", too_late).values()) == {None}
    # What holds until it is replaced does not grow stale.
    assert states_of(reader, "ada", too_late)["user_attributes"] == "fresh"
    page = metrics.page().decode()
    counted = 'aisle_serving_feature_reads_total{state="stale",view="user_activity"} 3.0'
    assert counted in page


def test_a_corrected_build_of_the_same_moment_replaces_what_is_online(shop: Settings) -> None:
    before = values_of(reader_of(shop), "ada", NOW)
    path = shop.current_marts / "user_features.parquet"
    frame = pd.read_parquet(path)
    frame["orders_28d"] = 4711
    frame.to_parquet(path, coerce_timestamps="us", index=False)
    materialize_features(shop)
    after = values_of(reader_of(shop), "ada", NOW)
    assert after["orders_28d"] == 4711
    assert {**after, "orders_28d": None} == {**before, "orders_28d": None}


def test_the_last_write_counts_even_of_an_earlier_moment(shop: Settings) -> None:
    views = OnlineViews(open_online_store(shop))
    for moment, orders in ((NOW + timedelta(hours=1), 5), (DATES[0], 6)):
        views.write(USERS_VIEW, {"user_id": "ada"}, OnlineRow({"orders_28d": orders}, moment))
        row = OnlineViews(open_online_store(shop)).read(USERS_VIEW, {"user_id": "ada"})
        assert row is not None
        assert (row.values["orders_28d"], row.event_at) == (orders, moment)
        assert row.values["orders_91d"] is None


def test_a_store_that_does_not_answer_degrades_the_answer_only(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running_redis(tmp_path) as address:
        monkeypatch.setenv("AISLE_ONLINE_STORE", address)
        settings = Settings()
        publish_features(settings, "b1")
        apply_features(settings)
        materialize_features(settings)
        reader = reader_of(settings)
        assert states_of(reader, "ada", NOW)[USERS_VIEW] == "fresh"
    assert set(states_of(reader, "ada", NOW).values()) == {"unavailable"}
    assert set(values_of(reader, "ada", NOW).values()) == {None}


def test_the_api_shows_a_user_and_what_was_read(shop: Settings) -> None:
    with TestClient(create_app(shop)) as client:
        answer = client.get("/v1/users/ada/features").json()
        shown = {view["view"]: view for view in answer["views"]}
        assert (answer["user_id"], answer["withheld"]) == ("ada", None)
        assert shown[USERS_VIEW]["state"] == "fresh"
        assert shown[USERS_VIEW]["values"] == values_of(reader_of(shop), "ada", NOW)
        with_visit = client.get("/v1/users/a%2Fb/features", params={"session_id": "s9"}).json()
        assert with_visit["user_id"] == "a/b"
        assert {view["state"] for view in with_visit["views"]} == {"missing"}
        assert 'state="fresh",view="user_activity"' in client.get("/metrics").text
        assert client.get("/v1/users/ada/features?session_id=").status_code == 422
