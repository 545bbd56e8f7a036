"""A real Feast over a small publication: point in time offline, newest online, safe to repeat."""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from aisle.core.errors import AisleError
from aisle.core.feature_store import open_store
from aisle.core.files import point_to, write_json
from aisle.core.settings import REPOSITORY, Settings
from aisle.pipeline.feature_grid import columns, read_grid
from aisle.pipeline.features import apply_features, materialize_features
from training.snapshot import feature_names

NOW = datetime(2018, 1, 3, 12)
MONDAY, LAST_MONDAY = datetime(2018, 1, 1), datetime(2017, 12, 25)
CHANGED = datetime(2017, 12, 28)


PROFILES = ("user_demographics", "user_profiles", "user_sequences")
ANY_VALUE = {
    "timestamp": LAST_MONDAY,
    "varchar": "x",
    "bigint": 1,
    "double precision": 0.5,
    "varchar[]": ["x"],
    "double precision[]": [0.5],
}


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """One user, active on three dates, whose record was delivered between the first two."""
    _publish(settings, "b1", {LAST_MONDAY: 1, MONDAY: 2, NOW: 3})
    apply_features(settings)
    return settings


def _publish(settings: Settings, build_id: str, orders: dict[datetime, int]) -> None:
    folder = settings.published / build_id
    folder.mkdir(parents=True)
    tables = {
        "user_versions": _rows("user_id", "valid_from", [CHANGED], USER_ATTRIBUTES),
        "dim_visitors": pd.DataFrame(VISITORS).astype({"linked_at": "datetime64[us]"}),
        "item_versions": _rows("item_id", "valid_from", [CHANGED], ITEM_ATTRIBUTES),
        "user_features": _rows("user_id", "as_of_date", list(orders), USER_ACTIVITY).assign(
            orders_28d=list(orders.values()), known_at=pd.to_datetime(list(orders))
        ),
        "item_features": _rows("item_id", "as_of_date", list(orders), ITEM_ACTIVITY).assign(
            known_at=pd.to_datetime(list(orders))
        ),
    }
    tables |= {name: _one_row(name) for name in PROFILES}
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", coerce_timestamps="us")
    rows = {name: {"rows": len(frame)} for name, frame in tables.items()}
    write_json(folder / "manifest.json", {"as_of": max(orders).isoformat(), "tables": rows})
    point_to(settings.current_marts, folder)


def _one_row(mart: str) -> pd.DataFrame:
    """Return a row of a mart whose columns are those of its contract."""
    contract = REPOSITORY / "dbt_project" / "models" / "marts" / "features" / f"_{mart}.yml"
    (model,) = yaml.safe_load(contract.read_text())["models"]
    row = {column["name"]: [ANY_VALUE[column["data_type"]]] for column in model["columns"]}
    return pd.DataFrame(row).astype({"as_of_date": "datetime64[us]"})


def _rows(
    key: str, moment: str, moments: list[datetime], values: dict[str, object]
) -> pd.DataFrame:
    frame = pd.DataFrame({moment: pd.to_datetime(moments), key: "x"})
    return frame.assign(**values)


# A tablet that was ada's first and bob's later.
VISITORS = {
    "anonymous_id": ["tablet", "tablet"],
    "linked_at": [LAST_MONDAY, MONDAY],
    "user_id": ["ada", "bob"],
    "is_anonymous": [False, False],
}
USER_ATTRIBUTES = {"attributes": json.dumps({"age": "30"}), "consent_personalization": True}
ITEM_ATTRIBUTES = {
    "category": "DAIRY",
    "brand": "National",
    "attributes": "{}",
    "price": 1.5,
    "is_available": True,
    "is_in_catalogue": True,
}
GRID = read_grid().marts


def _ones(mart: str) -> dict[str, object]:
    """Return 1 for each feature of a mart of the grid, in its type."""
    described = {column["name"]: column["data_type"] for column in columns(GRID[mart])}
    return {name: 1 if kind == "bigint" else 1.0 for name, kind in described.items()}


USER_ACTIVITY, ITEM_ACTIVITY = _ones("user_features"), _ones("item_features")


def _known_at(settings: Settings, moment: datetime) -> tuple[object, object]:
    entities = pd.DataFrame({"user_id": ["x"], "event_timestamp": [pd.Timestamp(moment)]})
    wanted = ["user_activity:orders_28d", "user_attributes:attributes"]
    frame = open_store(settings).get_historical_features(entities, wanted).to_df()
    row = frame.astype(object).where(frame.notna(), None).iloc[0]
    return row["orders_28d"], row["attributes"]


@pytest.mark.parametrize(
    ("moment", "known"),
    [
        (datetime(2017, 12, 24), (None, None)),
        (datetime(2017, 12, 27), (1, None)),
        (datetime(2017, 12, 31, 23, 59), (1, USER_ATTRIBUTES["attributes"])),
        (MONDAY, (2, USER_ATTRIBUTES["attributes"])),
        (datetime(2018, 1, 3, 13), (3, USER_ATTRIBUTES["attributes"])),
        # Nine days without a row: no longer active, and the old count would be wrong.
        (datetime(2018, 1, 12, 13), (None, USER_ATTRIBUTES["attributes"])),
    ],
)
def test_training_sees_the_newest_row_of_its_moment_and_none_later(
    shop: Settings, moment: datetime, known: tuple[object, object]
) -> None:
    assert _known_at(shop, moment) == known


def _online(settings: Settings) -> dict[str, list[object]]:
    wanted = ["user_activity:orders_28d", "user_attributes:consent_personalization"]
    users = [{"user_id": "x"}, {"user_id": "nobody"}]
    answer: dict[str, list[object]] = (
        open_store(settings).get_online_features(wanted, users).to_dict()
    )
    return answer


def test_the_newest_values_are_online_and_stay_the_same_when_repeated(shop: Settings) -> None:
    assert materialize_features(shop) == NOW
    first = _online(shop)
    assert first["orders_28d"] == [3, None]
    assert first["consent_personalization"] == [True, None]
    apply_features(shop)
    materialize_features(shop)
    assert _online(shop) == first


def test_whose_a_device_is_is_known_from_when_it_was_seen(shop: Settings) -> None:
    store = open_store(shop)
    moments = [datetime(2017, 12, 24), datetime(2017, 12, 31), NOW]
    asked = pd.DataFrame({"anonymous_id": "tablet", "event_timestamp": pd.to_datetime(moments)})
    frame = store.get_historical_features(asked, ["visitor_identity:user_id"]).to_df()
    users = frame.sort_values("event_timestamp")["user_id"].astype(object)
    assert users.where(users.notna(), None).tolist() == [None, "ada", "bob"]

    materialize_features(shop)
    online = open_store(shop).get_online_features(
        ["visitor_identity:user_id"], [{"anonymous_id": "tablet"}, {"anonymous_id": "stranger"}]
    )
    assert online.to_dict()["user_id"] == ["bob", None]


def test_a_shop_without_links_has_an_empty_map(settings: Settings) -> None:
    _publish(settings, "b1", {NOW: 1})
    path = settings.current_marts / "dim_visitors.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    apply_features(settings)
    assert materialize_features(settings) == NOW


def test_a_new_publication_is_followed_without_applying_again(shop: Settings) -> None:
    materialize_features(shop)
    later = datetime(2018, 1, 8, 6)
    _publish(shop, "b2", {MONDAY: 2, datetime(2018, 1, 8): 4, later: 5})
    assert materialize_features(shop) == later
    assert _online(shop)["orders_28d"] == [5, None]
    assert _known_at(shop, datetime(2018, 1, 8))[0] == 4


def test_every_feature_of_the_service_is_a_column_of_its_table(shop: Settings) -> None:
    store = open_store(shop)
    projections = store.get_feature_service("recommender_v1").feature_view_projections
    for projection in projections:
        source = Path(store.get_feature_view(projection.name).batch_source.path)
        columns = set(pd.read_parquet(source).columns)
        assert {feature.name for feature in projection.features} <= columns, projection.name
    assert len(projections) == 4


def test_the_newest_service_offers_every_view_but_those_that_are_no_features(
    shop: Settings,
) -> None:
    store = open_store(shop)
    offered = store.get_feature_service("recommender_v2").feature_view_projections
    left_out = {
        *("user_recommendations", "visitor_identity", "visitor_session"),
        *("item_image_embedding", "session_history"),
    }
    views = {view.name for view in store.list_feature_views()}
    assert {projection.name for projection in offered} == views - left_out


def test_materializing_before_applying_says_what_to_run(settings: Settings) -> None:
    _publish(settings, "b1", {NOW: 1})
    with pytest.raises(AisleError, match="aisle apply-features"):
        materialize_features(settings)


def test_applying_before_publishing_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(AisleError, match="Nothing is published"):
        apply_features(settings)


def test_no_model_is_told_at_a_past_cutoff_what_is_on_sale_today(shop: Settings) -> None:
    wanted = feature_names(open_store(shop), "item_id")
    assert "item_attributes:category" in wanted
    assert not {"item_attributes:is_available", "item_attributes:is_in_catalogue"} & set(wanted)
