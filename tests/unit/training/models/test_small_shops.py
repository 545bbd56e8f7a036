"""Rivals that score a pool fit shops with hardly anything in it, and rank all of it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.families import FAMILIES, build
from training.models.pooled import PooledRecommender
from training.recipes import Recipe, load_recipes

RECIPES = [
    recipe for recipe in load_recipes() if issubclass(FAMILIES[recipe.family], PooledRecommender)
] + [recipe for recipe in load_recipes() if recipe.family in {"trending", "segment_popularity"}]


def named(recipe: Recipe) -> str:
    return recipe.name


def shop(checkerboard: Dataset, lines: list[tuple[int, int, int]]) -> Dataset:
    """The checkerboard's people and items, who bought nothing but these (user, item, order)."""
    frame = pd.DataFrame(lines, columns=["user_index", "item_index", "order_index"], dtype=np.int32)
    days = pd.to_timedelta(1 + frame["order_index"] % 20, unit="D")
    return replace(
        checkerboard,
        interactions=frame.assign(interacted_at=pd.Timestamp(checkerboard.cutoff) - days),
        user_features=pd.DataFrame(index=range(checkerboard.user_ids.size)),
        item_features=pd.DataFrame(index=range(checkerboard.item_ids.size)),
    )


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_one_item_that_several_bought_is_enough(recipe: Recipe, checkerboard: Dataset) -> None:
    lines = [(user, 3, user) for user in range(6)] + [(7, 4, 7), (8, 5, 8)]

    model = build(recipe.family, recipe.params).fit(shop(checkerboard, lines))

    scores = model.score(["u00", "u07", "u40", "nobody"])
    assert np.isfinite(scores).all()
    assert model.recommend(["u40"], 1)["item_id"].item() == "i03"


@pytest.mark.parametrize("recipe", RECIPES, ids=named)
def test_nobody_buys_anything_twice_and_nothing_is_known_of_them(
    recipe: Recipe, checkerboard: Dataset
) -> None:
    lines = [
        (user, (user * 7 + turn * 3) % 20, user * 3 + turn)
        for user in range(30)
        for turn in range(3)
    ]
    once = shop(checkerboard, lines)

    model = build(recipe.family, {**recipe.params, "chosen": {"hide_seen": True}}).fit(once)

    rows = model.recommend([f"u{user:02}" for user in range(30)], 21)
    assert rows.groupby("user_id").size().eq(18).all()
    assert np.isfinite(rows["score"]).all()


def test_the_horizon_of_a_history_may_be_a_day(checkerboard: Dataset) -> None:
    lately = shop(checkerboard, [(user, user % 4, 0) for user in range(8)])
    start = pd.Timestamp(checkerboard.cutoff) - timedelta(hours=3)
    lately = replace(lately, interactions=lately.interactions.assign(interacted_at=start))

    for recipe in RECIPES:
        model = build(recipe.family, recipe.params).fit(lately)
        assert np.isfinite(model.score(["u01"])).all(), recipe.name
