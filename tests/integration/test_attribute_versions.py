"""What a catalogue said then is what a training of then is told, whatever was delivered since."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from aisle.core.feature_store import open_store
from aisle.core.settings import Settings
from aisle.pipeline.features import apply_features
from aisle.serving.item_features import read_item_features
from tests.integration.compiled_features import CUTOFF, NOW, Step, compile_features, features_of
from tests.integration.published_features import publish_features

VERSIONS = "features.item_versions"
LATER = CUTOFF + timedelta(days=2)
FIRST = {"item_id": "milk", "title": "Milk", "category": "dairy", "brand": "own", "price": 1.5}


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    return compile_features(tmp_path_factory.mktemp("compiled"))[0]


def delivered(price: float, batch: int, *, is_dated: bool) -> dict[str, Any]:
    """Return the record of one of two deliveries of the catalogue: long ago, and lately."""
    moment = CUTOFF - timedelta(days=30) if batch == 1 else LATER
    updated_at = moment if is_dated else None
    stamps = {"updated_at": updated_at, "_batch_id": batch, "_loaded_at": moment}
    return {**FIRST, "price": price, **stamps}


def versions_of(steps: list[Step], catalogue: list[dict[str, Any]]) -> pd.DataFrame:
    return features_of(steps, [VERSIONS], [], catalogue, until=NOW)[VERSIONS]


def told(settings: Settings, versions: pd.DataFrame, moments: list[datetime]) -> list[object]:
    """Return the prices that trainings of some moments are told, and the one that is served now."""
    publish_features(settings, "b1")
    path = settings.current_marts / "item_versions.parquet"
    versions.to_parquet(path, coerce_timestamps="us", index=False)
    apply_features(settings)
    store = open_store(settings)
    asked = pd.DataFrame({"item_id": "milk", "event_timestamp": pd.to_datetime(moments)})
    joined = store.get_historical_features(asked, ["item_attributes:price"]).to_df()
    items = read_item_features(store, settings.current_marts.resolve(), NOW)
    served = items.of_view("item_attributes", "milk", NOW)
    prices = joined.sort_values("event_timestamp")["price"].tolist()
    return [*prices, served.values["price"]]


@pytest.mark.parametrize("is_dated", [True, False])
def test_a_changed_price_is_told_since_it_changed_and_the_old_one_before(
    steps: list[Step], settings: Settings, is_dated: bool
) -> None:
    twice = [delivered(1.5, 1, is_dated=is_dated), delivered(1.9, 2, is_dated=is_dated)]
    versions = versions_of(steps, twice)
    assert told(settings, versions, [CUTOFF, LATER, NOW]) == [1.5, 1.9, 1.9, 1.9]


@pytest.mark.parametrize("is_dated", [True, False])
def test_what_is_delivered_again_as_it_was_changes_nothing(
    steps: list[Step], is_dated: bool
) -> None:
    once = [delivered(1.5, 1, is_dated=is_dated)]
    again = [*once, delivered(1.5, 2, is_dated=is_dated)]
    versions = versions_of(steps, once)
    assert len(versions) == 1
    pd.testing.assert_frame_equal(versions_of(steps, again), versions)
