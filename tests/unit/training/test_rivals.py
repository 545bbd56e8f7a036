"""Who competes: the listed recipes and, unless it is one of them, the champion's."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from training.folder import TrainingFolder
from training.recipes import Recipe
from training.rivals import Champion, line_up, read_rivals, write_rivals

POPULAR = Recipe("popular", "popularity", {"window_days": 28})
BLEND = Recipe("blend", "blend", {"half_life_weeks": 13, "grid": {"popularity": [0.0, 0.5]}})


def test_without_a_champion_the_listed_recipes_compete() -> None:
    rivals = line_up([POPULAR, BLEND], None)
    assert [recipe.name for recipe in rivals.recipes] == ["popular", "blend"]
    assert rivals.champion_as is None


def test_a_listed_recipe_equal_to_the_champions_stands_for_it_whatever_its_name() -> None:
    old = Recipe("called_otherwise_then", "blend", {**BLEND.params, "chosen": {"popularity": 0.5}})
    rivals = line_up([POPULAR, BLEND], Champion("3", old))
    assert [recipe.name for recipe in rivals.recipes] == ["popular", "blend"]
    assert rivals.champion_as == "blend"


def test_a_champion_with_other_parameters_is_added_and_its_choices_are_made_anew() -> None:
    old = Recipe("blend", "blend", {"half_life_weeks": 4, "chosen": {"popularity": 0.5}})
    rivals = line_up([POPULAR, BLEND], Champion("3", old))
    assert [recipe.name for recipe in rivals.recipes] == ["popular", "blend", "champion"]
    assert rivals.champion_as == "champion"
    assert rivals.recipe("champion") == Recipe("champion", "blend", {"half_life_weeks": 4})


@dataclass(frozen=True)
class Barred:
    """A recipe that may not compete."""

    recipe: Recipe
    sentence: str = "popular was rolled back"


def test_a_barred_recipe_is_left_out_and_the_reason_kept() -> None:
    rivals = line_up([POPULAR, BLEND], Champion("3", BLEND), [Barred(POPULAR)])
    assert [recipe.name for recipe in rivals.recipes] == ["blend"]
    assert rivals.left_out == ("popular was rolled back",)


def test_a_recipe_is_barred_by_what_it_states_not_by_its_name() -> None:
    same = Recipe("old name", "popularity", {"window_days": 28, "chosen": {"hide_seen": True}})
    other = Recipe("popular", "popularity", {"window_days": 7})
    rivals = line_up([POPULAR, BLEND], None, [Barred(same), Barred(other)])
    assert [recipe.name for recipe in rivals.recipes] == ["blend"]


def test_the_champions_own_recipe_competes_even_if_a_refit_of_it_was_withdrawn() -> None:
    rivals = line_up([POPULAR, BLEND], Champion("3", POPULAR), [Barred(POPULAR)])
    assert (rivals.champion_as, rivals.left_out) == ("popular", ())


def test_the_name_champion_is_kept_for_the_champion() -> None:
    with pytest.raises(AisleError, match="'champion'"):
        line_up([Recipe("champion", "blend", {})], None)


def test_a_name_that_could_leave_the_folder_is_refused() -> None:
    with pytest.raises(AisleError, match=r"\.\./blend"):
        line_up([Recipe("../blend", "blend", {})], None)


def test_later_steps_read_the_same_rivals(tmp_path: Path) -> None:
    folder = TrainingFolder("t", tmp_path)
    rivals = line_up([POPULAR, BLEND], Champion("3", POPULAR))
    write_rivals(folder, rivals)
    assert read_rivals(folder) == rivals


def test_an_unknown_recipe_is_answered_with_the_known_ones() -> None:
    with pytest.raises(AisleError, match="popular, blend"):
        line_up([POPULAR, BLEND], None).recipe("blnd")
