"""Search spaces: what may be written, what is refused, and that a recipe's own values belong."""

from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from aisle.core.errors import AisleError
from training.models.families import family_named
from training.recipes import Recipe, load_recipes
from training.tuning.spaces import SPACES, Space, searchable, space_of, with_values
from training.yaml_files import read_yaml

RECIPE = Recipe("r", "popularity", {"window_days": 28, "nested": {"half": 2.0, "kind": "a"}})


def space(tmp_path: Path, text: str) -> Space:
    path = tmp_path / "spaces.yaml"
    path.write_text(f"popularity: {text}\n")
    found = space_of(RECIPE, path)
    assert found is not None
    return found


def test_the_spaces_of_the_repository_fit_its_recipes() -> None:
    spaces = searchable(load_recipes())

    families = {recipe.family for recipe in load_recipes() if recipe.name in spaces}
    assert {"popularity", "personal_frequency", "blend"} <= families
    for name, found in spaces.items():
        recipe = next(recipe for recipe in load_recipes() if recipe.name == name)
        for one, value in found.present(recipe).items():
            distribution = found.distributions[one]
            assert distribution._contains(distribution.to_internal_repr(value)), (name, one)


def test_no_family_complains_of_what_its_space_may_draw() -> None:
    recipes = load_recipes()
    for name, found in searchable(recipes).items():
        recipe = next(recipe for recipe in recipes if recipe.name == name)
        for one, distribution in found.distributions.items():
            drawn = {distribution.to_external_repr(place) for place in _draws(distribution)}
            for value in drawn:
                params = with_values(recipe.params, {one: value})
                assert family_named(recipe.family).complaint(params) == "", (name, one, value)


def _draws(distribution: BaseDistribution) -> list[Any]:
    """Return every value as Optuna keeps it, of a continuous one its ends."""
    if isinstance(distribution, CategoricalDistribution):
        return list(range(len(distribution.choices)))
    if isinstance(distribution, IntDistribution):
        return list(range(distribution.low, distribution.high + 1))
    assert isinstance(distribution, FloatDistribution)
    return [distribution.low, distribution.high]


def test_every_family_with_a_space_has_a_recipe() -> None:
    assert set(read_yaml(SPACES)) <= {recipe.family for recipe in load_recipes()}


def test_a_space_holds_what_the_recipe_says_now(tmp_path: Path) -> None:
    found = space(tmp_path, "{window_days: {int: [3, 14]}, nested.kind: {choice: [b, c]}}")

    assert found.dimensions[0].values == (3, 28)
    assert found.dimensions[1].values == ("b", "c", "a")
    assert found.present(RECIPE) == {"window_days": 28, "nested.kind": "a"}


def test_a_grid_is_what_is_listed_else_low_middle_and_high(tmp_path: Path) -> None:
    found = space(
        tmp_path,
        "{window_days: {int: [7, 28], log: true}, nested.half: {float: [1, 4], grid: [1, 3]}}",
    )

    assert [point["window_days"] for point in found.grid()][::2] == [7, 14, 28]
    assert {point["nested.half"] for point in found.grid()} == {1, 3}
    assert len(found.grid()) == 6


def test_what_is_tried_is_what_a_person_would_write(tmp_path: Path) -> None:
    found = space(tmp_path, "{window_days: {int: [3, 90]}, nested.half: {float: [1, 4]}}")

    assert found.plain({"window_days": 12, "nested.half": 2.718281828}) == {
        "window_days": 12,
        "nested.half": 2.72,
    }


def test_nested_values_change_and_the_recipe_stays() -> None:
    changed = with_values(RECIPE.params, {"nested.half": 3.0, "window_days": 7})

    assert changed == {"window_days": 7, "nested": {"half": 3.0, "kind": "a"}}
    assert RECIPE.params["nested"] == {"half": 2.0, "kind": "a"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{window_days: 3}", "write {int"),
        ("{window_days: {int: [3, 14], float: [1, 2]}}", "write {int"),
        ("{window_days: {int: [3, 14], step: 2}}", "write {int"),
        ("{window_days: {int: [14, 3]}}", "14 is not below 3"),
        ("{window_days: {int: [3]}}", "two numbers"),
        ("{window_days: {int: [three, 14]}}", "two numbers"),
        ("{window_days: {float: [0, 14], log: true}}", "above 0"),
        ("{window_days: {int: [3, 14], grid: [20]}}", "from 3 to 14"),
        ("{nested.kind: {choice: []}}", "at least one"),
        ("{nested.kind: {choice: [[1, 2]]}}", "choices are texts"),
        ("{nested.kind: {int: [1, 2]}}", "which is no number"),
        ("{windowdays: {int: [3, 14]}}", "which the recipe does not state"),
        ("[window_days]", "lists no parameters"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AisleError, match=message):
        space(tmp_path, text)


def test_a_family_without_a_space_is_not_tuned(tmp_path: Path) -> None:
    path = tmp_path / "spaces.yaml"
    path.write_text("blend: {weeks: {int: [1, 2]}}\n")
    assert space_of(RECIPE, path) is None
