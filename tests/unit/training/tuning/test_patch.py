"""The patch of params.yaml: the values that were asked for, nothing else, and git applies it."""

import subprocess
from pathlib import Path

import pytest
import yaml

from aisle.core.errors import AisleError
from training.params import PARAMS
from training.recipes import load_recipes
from training.tuning.patch import changed_text, patch
from training.tuning.spaces import searchable, with_values

TEXT = """\
shared: &shared
  weeks: 13 # of history
  nested: {a: 1, b: 2}

# Simplest first.
recipes:
  one:
    family: popularity
    weeks: 28   # a comment that stays
    weights: {own: 0.5, other: 6.0}

  two:
    <<: *shared
    family: blend
"""


def recipes(text: str) -> dict:
    return yaml.safe_load(text)["recipes"]


def test_a_value_changes_in_its_place_and_the_comment_stays() -> None:
    changed = changed_text(TEXT, {"one": {"weeks": 21, "weights.own": 0.25}})

    assert "    weeks: 21   # a comment that stays\n" in changed
    assert "    weights: {own: 0.25, other: 6.0}\n" in changed
    assert len(changed.splitlines()) == len(TEXT.splitlines())


def test_an_inherited_value_gets_a_line_of_its_own_in_the_recipe() -> None:
    changed = changed_text(TEXT, {"two": {"weeks": 26}})

    assert changed == TEXT + "    weeks: 26\n"
    assert recipes(changed)["two"]["weeks"] == 26


def test_a_line_is_added_behind_the_recipe_and_not_behind_the_blank_line() -> None:
    changed = changed_text(TEXT, {"one": {"window": 5}, "two": {}})

    assert "other: 6.0}\n    window: 5\n\n  two:" in changed


def test_a_nested_inherited_value_is_stated_with_its_neighbours() -> None:
    changed = changed_text(TEXT, {"two": {"nested.a": 3}})

    assert recipes(changed)["two"]["nested"] == {"a": 3, "b": 2}
    assert "nested: {a: 1, b: 2}" in changed  # what others inherit stays


@pytest.mark.parametrize("value", ["a b", "yes", "13", True, 1e-05, None, 0.25])
def test_any_plain_value_is_read_back_as_it_was(value: object) -> None:
    changed = changed_text(TEXT, {"one": {"weeks": value}})

    assert recipes(changed)["one"]["weeks"] == value
    assert type(recipes(changed)["one"]["weeks"]) is type(value)


def test_what_cannot_be_changed_alone_is_refused() -> None:
    shared = TEXT.replace("    family: blend", "    family: blend\n    deep: &deep {x: 1}")
    shared += "  three: {family: blend, deep: *deep}\n"
    with pytest.raises(AisleError, match="by hand"):
        changed_text(shared, {"three": {"deep.x": 2}})


def test_a_recipe_that_is_gone_is_named() -> None:
    with pytest.raises(AisleError, match="no recipe 'none'"):
        changed_text(TEXT, {"none": {"weeks": 1}})


def test_git_applies_the_patch_of_every_searched_parameter_of_every_recipe(tmp_path: Path) -> None:
    listed = {recipe.name: recipe for recipe in load_recipes()}
    changes = {
        name: {one: dimension.points[0] for one, dimension in dimensions(space).items()}
        for name, space in searchable(list(listed.values())).items()
    }
    copy = tmp_path / "training" / "params.yaml"
    copy.parent.mkdir()
    copy.write_text(PARAMS.read_text())
    (tmp_path / "p.patch").write_text(patch(PARAMS, "training/params.yaml", changes))

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "p.patch"], cwd=tmp_path, check=True)

    for recipe in load_recipes(copy):
        expected = with_values(listed[recipe.name].params, changes.get(recipe.name, {}))
        assert dict(recipe.params) == expected


def dimensions(space) -> dict:
    return {dimension.name: dimension for dimension in space.dimensions}


def test_nothing_to_change_is_no_patch() -> None:
    assert patch(PARAMS, "training/params.yaml", {}) == ""
