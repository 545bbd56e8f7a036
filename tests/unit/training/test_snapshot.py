"""A snapshot's id is its content; its features come from Feast, one row per id and cutoff."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.windows import windows
from training.dataset import SnapshotTables
from training.snapshot import content_id, feature_names, features_at

NOW = datetime(2018, 1, 1, 4)
CUTS = windows(NOW, 21)


def tables(spend: float = 1000 / 3, item: str = "i1") -> SnapshotTables:
    users, items = pd.DataFrame({"user_id": ["u1"]}), pd.DataFrame({"item_id": ["i1", "i2"]})
    bought = {"user_id": ["u1"], "item_id": [item], "order_id": ["o1"]}
    bought |= {"interacted_at": [NOW], "known_at": [NOW]}
    known = users.assign(cutoff=NOW, spend=spend)
    return SnapshotTables(pd.DataFrame(bought), users, items, known, items.assign(cutoff=NOW))


def test_the_same_content_has_the_same_id_however_it_is_held() -> None:
    held = tables()
    compact = replace(held, interactions=held.interactions.astype({"user_id": "category"}))
    assert content_id(held, NOW, CUTS) == content_id(compact, NOW, CUTS)


def test_the_order_in_which_floats_were_summed_does_not_change_the_id() -> None:
    nearly = tables(spend=1000 / 3 * (1 + 1e-12))
    assert content_id(tables(), NOW, CUTS) == content_id(nearly, NOW, CUTS)


@pytest.mark.parametrize("other", [tables(spend=334.0), tables(item="i2")], ids=["spend", "item"])
def test_other_content_has_another_id(other: SnapshotTables) -> None:
    assert content_id(tables(), NOW, CUTS) != content_id(other, NOW, CUTS)


def test_other_windows_have_another_id() -> None:
    assert content_id(tables(), NOW, CUTS) != content_id(tables(), NOW, windows(NOW, 14))


@dataclass
class Named:
    name: str
    features: list["Named"] | None = None
    join_keys: list[str] | None = None


class FakeStore:
    """Answers as Feast does for one user view and one item view."""

    def __init__(self, copies: int = 1) -> None:
        self.copies = copies
        self.views = {
            "user_activity": Named("user_activity", [Named("orders")], ["user_id"]),
            "item_activity": Named("item_activity", [Named("sales")], ["item_id"]),
        }

    def get_feature_service(self, name: str) -> object:
        return type("Service", (), {"feature_view_projections": list(self.views.values())})

    def get_feature_view(self, name: str) -> Named:
        return self.views[name]

    def get_historical_features(
        self, entities: pd.DataFrame, features: list[str], *, filter_by_created_timestamp: bool
    ) -> object:
        assert filter_by_created_timestamp, "what was written after the cutoff would be read"
        answer = pd.concat([entities.assign(orders=1.0)] * self.copies)
        return type("Job", (), {"to_df": lambda _: answer})()


def test_an_entity_gets_the_features_of_its_own_views() -> None:
    assert feature_names(FakeStore(), "user_id") == ["user_activity:orders"]
    with pytest.raises(AisleError, match="store_id"):
        feature_names(FakeStore(), "store_id")


def test_every_id_has_one_row_at_every_cutoff() -> None:
    ids = pd.Series(["u2", "u1"])
    known = features_at(FakeStore(), "user_id", ids, CUTS.cutoffs)
    assert list(known["user_id"]) == ["u1", "u2"] * 5
    assert list(known["cutoff"].unique()) == sorted(CUTS.cutoffs.values())


def test_two_rows_of_one_id_are_refused() -> None:
    with pytest.raises(AisleError, match="2 rows for 1 user_ids"):
        features_at(
            FakeStore(copies=2),
            "user_id",
            pd.Series(["u1"]),
            CUTS.cutoffs,
        )
