"""Recipes of families whose packages are missing do not compete, and the training says why."""

import pytest

from training import unfittable as module
from training.recipes import Recipe
from training.rivals import line_up
from training.unfittable import unfittable

POPULAR = Recipe("popular", "popularity", {"window_days": 28})
NET = Recipe("attention", "sasrec", {"layers": 1})


def test_nobody_is_left_out_where_all_packages_are_installed() -> None:
    assert unfittable([POPULAR, NET]) == []


def test_a_recipe_is_left_out_with_a_sentence_where_its_package_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)

    rivals = line_up([POPULAR, NET], None, unfittable([POPULAR, NET]))

    assert [recipe.name for recipe in rivals.recipes] == ["popular"]
    (sentence,) = rivals.left_out
    assert "attention is left out: fitting it takes torch" in sentence
    assert "make install" in sentence
