"""A snapshot folder gives back what was written, and nothing from after a cutoff."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.windows import windows
from training.dataset import Snapshot, SnapshotTables, read_dataset, read_snapshot, write_snapshot

AS_OF = datetime(2024, 3, 25, 4, 30)
CUTS = windows(AS_OF, horizon_days=7)
TEST = CUTS.tests[-1].cutoff


def tables(item: str = "tea") -> SnapshotTables:
    moments = [TEST - timedelta(days=1), TEST, TEST - timedelta(days=8)]
    return SnapshotTables(
        interactions=pd.DataFrame(
            {
                "user_id": ["zoe", "zoe", "adam"],
                "item_id": [item, "jam", "jam"],
                "order_id": ["o1", "o2", "o3"],
                "interacted_at": moments,
                "known_at": moments,
            }
        ),
        users=pd.DataFrame({"user_id": ["zoe", "adam", "eve"]}),
        items=pd.DataFrame({"item_id": ["tea", "jam"], "title": ["Tea", "Jam"]}),
        user_features=pd.DataFrame(
            {
                "cutoff": [TEST, TEST, CUTS.end],
                "user_id": ["zoe", "adam", "adam"],
                "orders": [1, 2, 3],
            }
        ),
        item_features=pd.DataFrame({"cutoff": [TEST], "item_id": ["tea"], "brand": ["B"]}),
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    folder = tmp_path / "snapshot"
    write_snapshot(folder, tables(), snapshot_id="s1", as_of=AS_OF, windows=CUTS)
    return read_snapshot(folder)


def test_a_snapshot_comes_back(snapshot: Snapshot) -> None:
    assert (snapshot.snapshot_id, snapshot.as_of, snapshot.windows) == ("s1", AS_OF, CUTS)
    assert snapshot.kind == "Order Completed"
    assert snapshot.data_until == TEST
    assert snapshot.user_ids.tolist() == ["adam", "eve", "zoe"]
    assert snapshot.item_ids.tolist() == ["jam", "tea"]
    indices = snapshot.interactions[["user_index", "item_index"]]
    assert sorted(indices.itertuples(index=False, name=None)) == [(0, 0), (2, 0), (2, 1)]
    assert snapshot.interactions["user_index"].dtype == "int32"


def test_a_dataset_ends_just_before_its_cutoff_and_keeps_the_whole_universe(
    snapshot: Snapshot,
) -> None:
    dataset = snapshot.dataset("test_3")

    assert dataset.cutoff == TEST
    assert dataset.shape == (3, 2)
    assert (dataset.interactions["interacted_at"] < TEST).all()
    assert len(dataset.interactions) == 2
    assert len(snapshot.dataset("end").interactions) == 3


def test_an_earlier_moment_knows_what_had_happened_and_was_known(snapshot: Snapshot) -> None:
    whole = snapshot.dataset("end")
    order = whole.interactions.sort_values("interacted_at").reset_index(drop=True)
    order.loc[0, "known_at"] = order.loc[2, "interacted_at"]  # the first was told with the last
    told_late = replace(whole, interactions=order)

    earlier = told_late.before(TEST)

    assert earlier.cutoff == TEST
    assert earlier.interactions["interacted_at"].tolist() == [TEST - timedelta(days=1)]
    without = replace(whole, interactions=order.drop(columns="known_at")).before(TEST)
    assert len(without.interactions) == 2


def test_features_are_those_of_the_cutoff_aligned_to_ids(snapshot: Snapshot) -> None:
    at_test, at_end = snapshot.dataset("test_3"), snapshot.dataset("end")

    assert at_test.user_features["orders"].fillna(-1).tolist() == [2, -1, 1]
    assert at_end.user_features["orders"].fillna(-1).tolist() == [3, -1, -1]
    assert at_test.item_features["brand"].fillna("").tolist() == ["", "B"]
    assert list(at_test.user_features.columns) == ["orders"]


def test_writing_again_replaces_the_snapshot(snapshot: Snapshot) -> None:
    write_snapshot(snapshot.folder, tables(), snapshot_id="s2", as_of=AS_OF, windows=CUTS)

    assert read_snapshot(snapshot.folder).snapshot_id == "s2"
    assert [path.name for path in snapshot.folder.parent.iterdir()] == ["snapshot"]


def test_an_interaction_with_an_unknown_item_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match="ghost"):
        write_snapshot(tmp_path / "s", tables("ghost"), snapshot_id="s", as_of=AS_OF, windows=CUTS)
    assert list(tmp_path.iterdir()) == []


def test_unknown_cutoffs_and_missing_snapshots_are_named(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    with pytest.raises(AisleError, match="'yesterday'"):
        read_dataset(snapshot.folder, "yesterday")
    with pytest.raises(AisleError, match="aisle train snapshot"):
        read_snapshot(tmp_path / "nowhere")
