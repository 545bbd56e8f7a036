"""Slots of a placement."""

import numpy as np
import pandas as pd
import pytest

from aisle.core.columns import RECOMMENDATION
from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.base import Recommender
from training.models.families import build
from training.models.two_stage.placements import mixed, new_share, new_slots
from training.recipes import load_recipes

PLACEMENTS = {"half": 0.5, "none": 0.0, "all": 1.0}


@pytest.fixture(scope="module")
def model(rhythm: Dataset) -> Recommender:
    recipe = next(one for one in load_recipes() if one.family == "two_stage_linear")
    return build(recipe.family, {**recipe.params, "placements": PLACEMENTS}).fit(rhythm)


def test_slots_are_spread_evenly() -> None:
    assert new_slots(0.3, 10).sum() == 3
    assert new_slots(0.5, 4).tolist() == [False, True, False, True]
    assert not new_slots(0.0, 5).any()
    assert new_slots(1.0, 5).all()


@pytest.mark.parametrize(("placement", "new"), [("none", 0), ("half", 3), ("all", 6)])
def test_a_placement_shows_its_share_of_new_items(
    model: Recommender, rhythm: Dataset, placement: str, new: int
) -> None:
    own = set(rhythm.interactions.query("user_index == 5")["item_index"])

    rows = model.recommend(["u05", "stranger"], 6, context={"placement": placement})

    shown = rows[rows["user_id"] == "u05"]
    assert list(rows.columns) == RECOMMENDATION
    assert shown["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert shown["item_id"].is_unique
    assert (~shown["item_id"].str[1:].astype(int).isin(own)).sum() == new
    assert (rows["user_id"] == "stranger").sum() == 6


def test_a_placement_without_a_quota_changes_nothing(model: Recommender) -> None:
    plain = model.recommend(["u05"], 6)

    pd.testing.assert_frame_equal(model.recommend(["u05"], 6, context={"placement": "?"}), plain)
    pd.testing.assert_frame_equal(model.recommend(["u05"], 6, context={"placement": None}), plain)


def test_exclusions_hold_in_a_placement(model: Recommender) -> None:
    first = model.recommend(["u05"], 4, context={"placement": "half"})["item_id"].tolist()

    rows = model.recommend(["u05"], 64, exclude={"u05": first}, context={"placement": "half"})

    assert not set(first) & set(rows["item_id"])
    assert len(rows) == 60


def test_a_list_that_runs_out_is_filled_by_the_other() -> None:
    one = {"user_id": "u", "score": np.float32(1), "rank": 1, "source": "personal"}
    best = pd.DataFrame([{**one, "item_id": "a"}, {**one, "item_id": "b"}])[RECOMMENDATION]

    rows = mixed(best, pd.DataFrame(columns=RECOMMENDATION), 1.0, 3)

    assert rows["item_id"].tolist() == ["a", "b"]
    assert rows["rank"].tolist() == [1, 2]


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(AisleError, match="between 0 and 1"):
        new_share({"placements": {"home": 3}}, {"placement": "home"})
