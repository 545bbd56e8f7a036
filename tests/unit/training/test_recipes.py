"""Recipes come from params.yaml, and a mistake in it is named."""

from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from training.models.families import FAMILIES
from training.params import load_params
from training.recipes import load_lineup, load_recipes


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


LINED_UP = """
lineups: {quick: [second, first], odd: [third]}
recipes:
  first: {family: popularity, window_days: 3}
  second: {family: popularity, window_days: 7}
  unused: {family: popularity, window_days: 9}
"""


@pytest.fixture
def lined_up(tmp_path: Path) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text(LINED_UP)
    return path


def test_a_line_up_keeps_the_order_of_the_recipes(lined_up: Path) -> None:
    assert [recipe.name for recipe in load_lineup("quick", lined_up)] == ["first", "second"]


def test_the_line_up_all_is_every_recipe(lined_up: Path) -> None:
    assert load_lineup("all", lined_up) == load_recipes(lined_up)


def test_an_unknown_line_up_is_answered_with_the_known_ones(lined_up: Path) -> None:
    with pytest.raises(AisleError, match=r"'quik': params.yaml has quick, odd, all"):
        load_lineup("quik", lined_up)


def test_a_line_up_of_a_recipe_that_is_not_there_is_refused(lined_up: Path) -> None:
    with pytest.raises(AisleError, match="third"):
        load_lineup("odd", lined_up)


def test_a_file_without_line_ups_means_all_of_its_recipes(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("recipes: {mine: {family: popularity, window_days: 3}}")

    assert load_lineup("default", path) == load_recipes(path)


def test_the_default_line_up_has_the_simple_rules() -> None:
    names = {recipe.name for recipe in load_lineup("default")}

    assert {"recent_popularity", "personal_frequency", "lightfm_hybrid"} <= names
