"""What past windows teach."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from training.dataset import Dataset
from training.models.families import build
from training.models.two_stage.learning import horizon_weeks, learn, past_windows
from training.models.two_stage.moment import Shop, moment_of
from training.models.two_stage.purchases import purchases_of
from training.recipes import load_recipes

SMALL = {"trees": 30}
RECIPES = {recipe.family: recipe for recipe in load_recipes()}
FAMILIES = ["two_stage_linear", "two_stage_trees"]


def _params(family: str, **changes: Any) -> dict[str, Any]:
    return {**RECIPES[family].params, **SMALL, "ranker": family.split("_")[-1], **changes}


def test_windows_are_as_many_as_the_history_bears(rhythm: Dataset) -> None:
    history = purchases_of(rhythm)
    params = _params("two_stage_linear", windows=5, horizon_weeks=3)

    length = horizon_weeks(history, params)

    assert length == pytest.approx(history.weeks_of_history / 8)
    assert past_windows(history, params) == pytest.approx([length * turn for turn in range(1, 6)])
    assert past_windows(history.before(19.5), params)[0] < 0.1  # days of history: hours of truth
    assert past_windows(history.before(99), params) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_taken_weekly_is_likelier_than_what_was_tried_once(
    family: str, rhythm: Dataset
) -> None:
    scored = learn(rhythm, _params(family))

    for user in (0, 13, 42):
        row = scored.candidates[user].toarray().ravel()
        assert set(np.argsort(-row)[:2]) == {user % 8, user % 8 + 8}
        assert row[user % 8] > 0.5


@pytest.mark.parametrize("family", FAMILIES)
def test_new_items_are_of_the_user_s_colour(family: str, rhythm: Dataset) -> None:
    model = build(family, {**RECIPES[family].params, **SMALL}).fit(rhythm)
    rows = rhythm.interactions
    own = {
        f"u{user:02}": [f"i{item:02}" for item in rows[rows["user_index"] == user]["item_index"]]
        for user in (4, 9)
    }

    shown = model.recommend(["u04", "u09"], 3, exclude=own)

    colours = shown["item_id"].str[1:].astype(int) % 2
    assert colours.tolist() == [0] * 3 + [1] * 3


def test_the_future_changes_nothing_of_a_past_moment(rhythm: Dataset) -> None:
    rows = rhythm.interactions
    past = rows[rows["interacted_at"] < rhythm.cutoff - timedelta(weeks=5)]
    shops = (rhythm, replace(rhythm, interactions=past))
    sources = {**RECIPES["two_stage_trees"].params["sources"], "lightfm": 5, "als": 5}
    params = _params("two_stage_linear", sources=sources)

    moments = [moment_of(Shop(shop, purchases_of(shop), [], params, 1), 5) for shop in shops]

    users = np.arange(60)
    for one, other in zip(*(moment.candidates(users) for moment in moments), strict=True):
        np.testing.assert_array_equal(one.item, other.item)
        matrices = [moment.tables.matrix(one)[0] for moment in moments]
        np.testing.assert_allclose(matrices[0], matrices[1], atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_shop_without_purchases_is_fitted(family: str, rhythm: Dataset) -> None:
    empty = replace(rhythm, interactions=rhythm.interactions.iloc[:0])

    model = build(family, {**RECIPES[family].params, **SMALL}).fit(empty)

    assert len(model.recommend(["u01", "stranger"], 3)) == 6


@pytest.mark.parametrize("family", FAMILIES)
def test_a_shop_without_attributes_or_with_one_basket_each_is_fitted(
    family: str, rhythm: Dataset
) -> None:
    once = rhythm.interactions.drop_duplicates("user_index")
    bare = replace(rhythm, interactions=once, item_features=rhythm.item_features[[]])

    model = build(family, {**RECIPES[family].params, **SMALL}).fit(bare)

    assert len(model.recommend(["u01", "stranger"], 3)) == 6


def test_validation_says_how_probabilities_come_true(rhythm: Dataset) -> None:
    from training.models.two_stage.recommender import TwoStageLinear
    from training.split import Truth, pairs

    truth = Truth("next", pairs(rhythm.interactions.tail(600), rhythm.shape), None)

    chosen, curves = TwoStageLinear.choose(
        RECIPES["two_stage_linear"].params, rhythm, {"next": truth}
    )

    assert set(chosen["calibration"]) == {"seen", "new"}
    assert curves
