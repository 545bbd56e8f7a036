"""Items without any buyer are ranked by what users like."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.families import build
from training.models.two_stage.new_items import choose_new_items
from training.models.two_stage.recommender import TwoStageLinear
from training.recipes import load_recipes
from training.split import Truth, pairs

RECIPE = next(one for one in load_recipes() if one.family == "two_stage_linear").params
NEW = [60, 61, 62, 63]
BY_CATEGORY = {"new_items": {"terms": [{"columns": ["category"], "weight": 1.0}]}}


@pytest.fixture(scope="module")
def shop(rhythm: Dataset) -> Dataset:
    """Even users like even items; four items were never bought."""
    rows = rhythm.interactions
    items = np.array([f"i{item:02}" for item in range(64)], dtype=object)
    colours = ["even", "odd"] * 32
    return replace(
        rhythm,
        interactions=rows[rows["item_index"] < NEW[0]],
        item_ids=items,
        item_features=pd.DataFrame({"category": colours, "colour": colours}),
    )


def test_new_items_are_ranked_by_what_the_user_likes(shop: Dataset, tmp_path: Path) -> None:
    model = build("two_stage_linear", {**RECIPE, "chosen": BY_CATEGORY}).fit(shop)

    shown = model.recommend(["u04", "u11"], 2, candidates=[f"i{item}" for item in NEW])

    assert shown["item_id"].tolist() == ["i60", "i62", "i61", "i63"]
    assert set(shown["source"]) == {"content"}
    scores = model.score(["u04"])
    assert scores[0, NEW].max() < np.delete(scores[0], NEW).min()
    again = TwoStageLinear.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(
        again.score(["u04", "stranger"]), model.score(["u04", "stranger"])
    )


def test_without_a_choice_new_items_are_nothing_special(shop: Dataset) -> None:
    model = build("two_stage_linear", RECIPE).fit(shop)

    assert np.ptp(model.score(["u04"])[0, NEW]) == 0


def test_validation_chooses_what_new_items_are_ranked_by(shop: Dataset) -> None:
    truth = Truth("next", pairs(shop.interactions.tail(600), shop.shape), None)

    chosen, curve = choose_new_items(RECIPE, shop, {"next": truth})

    assert chosen == BY_CATEGORY
    assert curve[0].name == "validation_cold_items_ndcg_at_10"
    bare = replace(shop, item_features=shop.item_features[[]])
    assert choose_new_items(RECIPE, bare, {"next": truth}) == ({}, [])
    assert choose_new_items({}, shop, {"next": truth}) == ({}, [])


def test_columns_read_are_those_of_groups_and_of_new_items(shop: Dataset) -> None:
    features = shop.item_features.assign(price=1.0, brand=[f"b{place}" for place in range(64)])
    by_brand = {"new_items": {"terms": [{"columns": ["brand"], "weight": 1.0}]}}

    assert set(TwoStageLinear.columns_read(features, RECIPE)) == {"category", "colour"}
    read = TwoStageLinear.columns_read(features, {**RECIPE, "chosen": by_brand})
    assert set(read) == {"category", "colour", "brand"}
