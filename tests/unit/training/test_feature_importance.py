"""Shuffling what a model lives on costs it; shuffling what it looks at in vain costs nothing."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from aisle.core.artifact import Array
from aisle.core.windows import windows
from training.dataset import Dataset, Snapshot, SnapshotTables, read_snapshot, write_snapshot
from training.feature_importance import Column, column_losses, columns_read, shuffled
from training.models.base import Params
from training.models.catalogue import CatalogueRecommender
from training.models.families import FAMILIES
from training.recipes import Recipe

NOW = datetime(2024, 3, 4, 5)
CUTS = windows(NOW, 7)
ITEMS = [f"i{number:02}" for number in range(40)]
WANTED = ITEMS[::8]  # what everybody buys


class ByFeature(CatalogueRecommender):
    """Scores items by one of its two columns."""

    family: ClassVar[str] = "by_feature"

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        return [name for name in ("wanted", "noise") if name in features]

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        return np.tile(self._values, (user_index.size, 1))

    def _learn(self, dataset: Dataset) -> None:
        self._values = dataset.item_features["wanted"].to_numpy(np.float32)

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        return np.full(items.size, "popular", dtype=object)

    def _arrays(self) -> dict[str, Array]:
        return {}


ByFeature.__abstractmethods__ = frozenset()
BY_FEATURE = Recipe("by_feature", "by_feature", {})


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """Twenty users buy every wanted item each week; features say which are wanted."""
    monkeypatch.setitem(FAMILIES, "by_feature", ByFeature)
    users = [f"u{number:02}" for number in range(20)]
    rows = [
        (user, item, f"{user}-{week}", CUTS.end - timedelta(days=7 * week + 1))
        for user in users
        for week in range(6)
        for item in WANTED
    ]
    bought = pd.DataFrame(rows, columns=["user_id", "item_id", "order_id", "interacted_at"])
    known = pd.DataFrame(
        {
            "cutoff": CUTS.validation.cutoff,
            "item_id": ITEMS,
            "wanted": [float(item in WANTED) for item in ITEMS],
            "noise": np.arange(40.0),
        }
    )
    tables = SnapshotTables(
        bought.assign(known_at=bought["interacted_at"]),
        pd.DataFrame({"user_id": users}),
        pd.DataFrame({"item_id": ITEMS, "title": ITEMS}),
        pd.DataFrame({"cutoff": [CUTS.validation.cutoff], "user_id": ["u00"], "age": [1.0]}),
        known,
    )
    write_snapshot(tmp_path / "s", tables, snapshot_id="s", as_of=NOW, windows=CUTS)
    return read_snapshot(tmp_path / "s")


def test_a_feature_that_the_ranking_rests_on_is_worth_much_and_noise_nothing(
    snapshot: Snapshot,
) -> None:
    losses = {loss.column.name: loss for loss in column_losses(BY_FEATURE, snapshot)}
    assert losses["wanted"].mean > 0.3
    assert (losses["noise"].mean, losses["noise"].standard_error) == (0, 0)


def test_shuffling_moves_the_values_of_one_column_always_the_same_way(snapshot: Snapshot) -> None:
    dataset = snapshot.dataset("validation")
    one, two = (shuffled(dataset, Column("item_id", "noise")) for _ in range(2))
    pd.testing.assert_frame_equal(one.item_features, two.item_features)
    before, after = dataset.item_features, one.item_features
    assert before["noise"].tolist() != after["noise"].tolist()
    assert sorted(before["noise"]) == sorted(after["noise"])
    pd.testing.assert_series_equal(before["wanted"], after["wanted"])
    assert dataset.item_features["noise"].tolist() == list(range(40)), "the original has changed"


def test_a_recipe_without_features_reads_none(snapshot: Snapshot) -> None:
    popularity = Recipe("p", "popularity", {"window_days": 28})
    assert columns_read(popularity, snapshot.dataset("validation")) == []
    assert list(column_losses(popularity, snapshot)) == []


def test_lightfm_reads_categories_and_attributes_and_numbers_when_told(tmp_path: Path) -> None:
    features = pd.DataFrame(
        {"brand": ["a", "b"], "attributes": ['{"size": "L", "kind": "x"}', None], "orders": [1, 2]}
    )
    params = {"numeric_features": False, "min_feature_count": 1}
    hybrid = FAMILIES["lightfm_hybrid"]
    assert set(hybrid.columns_read(features, params)) == {"brand", "attributes"}
    with_numbers = {**params, "numeric_features": "prepared"}
    assert set(FAMILIES["blend"].columns_read(features, with_numbers)) == set(features)
    assert FAMILIES["lightfm_pure"].columns_read(features, with_numbers) == []
