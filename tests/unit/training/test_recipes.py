"""Recipes come from params.yaml, and a mistake in it is named."""

from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from training.models.families import FAMILIES
from training.params import load_params
from training.recipes import load_recipes


def test_the_recipes_of_the_repository_cover_all_families() -> None:
    recipes = load_recipes()

    assert {recipe.family for recipe in recipes} == set(FAMILIES)
    assert len({recipe.name for recipe in recipes}) == len(recipes)
    assert all("family" not in recipe.params for recipe in recipes)


def test_the_horizon_is_three_weeks() -> None:
    assert load_params()["horizon_days"] == 21


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("recipes: {mine: {window_days: 3}}", "'mine'"),
        ("recipes: {mine: {family: oracle}}", "'oracle'"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_by_name(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)

    with pytest.raises(AisleError, match=message):
        load_recipes(path)
