"""Recipes come from params.yaml, and a mistake in it is named."""

from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from training.models.families import FAMILIES
from training.params import PARAMS, load_params
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


@pytest.mark.parametrize("name", ["als", "segments", "lightfm"])
def test_a_source_without_its_section_is_refused_with_what_to_write(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "params.yaml"
    text = PARAMS.read_text()
    shared, recipes = text.split("\nrecipes:\n")
    mine = f"  mine: {{family: two_stage_linear, sources: {{ease: 200, {name}: 100}}}}\n"
    path.write_text(f"{shared}\nrecipes:\n{mine}{recipes}")

    with pytest.raises(AisleError) as refusal:
        load_recipes(path)

    said = str(refusal.value)
    assert f"'mine' in {path}" in said
    assert f"the section {name!r} with its settings is missing" in said
    written = said[said.index(f"`{name}: ") + 1 :].split("`")[0]
    as_told = mine.replace("sources:", f"{written}, sources:")
    path.write_text(f"{shared}\nrecipes:\n{as_told}{recipes}")
    assert load_recipes(path)[0].name == "mine"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("sources: {als: 9}, als: {components: 8, seed: 1}", "lacks alpha, iterations, regular"),
        ("sources: {neighbors: 9}", "did you mean 'neighbours'"),
    ],
)
def test_a_source_there_is_none_of_or_half_told_is_refused(
    tmp_path: Path, settings: str, message: str
) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(f"recipes: {{mine: {{family: two_stage_trees, {settings}}}}}")

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
