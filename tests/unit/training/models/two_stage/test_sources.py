"""Each source against a plain computation of the same thing."""

import numpy as np
import pytest

from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.families import build
from training.models.two_stage.purchases import Purchases, purchases_of
from training.models.two_stage.sources import (
    EaseSettings,
    affinity,
    among_best,
    ease,
    frequency,
    logged,
    neighbours,
)
from training.recipes import load_recipes


@pytest.fixture
def history(rhythm: Dataset) -> Purchases:
    return purchases_of(rhythm)


@pytest.mark.parametrize("query_half_life", [13.0, 2.0])
def test_ease_in_its_dual_form_is_the_published_closed_form(
    history: Purchases, query_half_life: float
) -> None:
    learned = logged(frequency(history, 13.0)).toarray().astype(np.float64)
    inverse = np.linalg.inv(learned.T @ learned + 5 * np.eye(learned.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    query = logged(frequency(history, query_half_life)).toarray()
    pool = np.array([1, 4, 17, 63])

    source = ease("ease", 3, history, pool, EaseSettings(13.0, query_half_life, 5.0))

    users = np.array([0, 7, 60])
    expected = (query @ weights)[users][:, pool]
    np.testing.assert_allclose(source.scores(users), expected, atol=1e-3)


def test_neighbours_are_others_with_the_same_tastes(history: Purchases) -> None:
    profile = logged(frequency(history, 26))

    source = neighbours("neighbours", 3, profile, profile, 7)

    likeness = source.likeness(np.array([3, 60]))
    assert set(np.flatnonzero(likeness[0]) % 8) == {3}  # who take the same two things
    assert likeness[0, 3] == 0
    assert likeness[0].sum() == pytest.approx(1)
    assert likeness[1].sum() == 0


def test_affinity_is_a_share_of_a_share(history: Purchases) -> None:
    codes = np.arange(64) % 2

    source = affinity("affinity_0", 3, history, (codes, 2), np.arange(64))

    scores = source.scores(np.array([2, 60]))
    assert scores[0, 1::2].sum() == 0  # the even user never took an odd item
    assert scores[0, 0::2].sum() == pytest.approx(1, abs=1e-5)
    assert scores[1].sum() == 0  # nothing is known of the last user


def test_the_best_are_about_as_many_as_asked() -> None:
    scores = np.random.default_rng(1).random((5, 3000)).astype(np.float32)
    scores[:, :100] = -np.inf

    found = among_best(scores, 50)

    exact = np.sort(scores, axis=1)[:, -50:].min(axis=1)
    assert found[scores >= exact[:, None]].all()
    assert (found.sum(axis=1) <= 75).all()


def test_what_may_not_be_shown_and_what_says_nothing_is_no_candidate() -> None:
    scores = np.zeros((1, 40), dtype=np.float32)
    scores[0, :3] = [0.5, 0.7, -np.inf]

    assert np.flatnonzero(among_best(scores, 5)).tolist() == [0, 1]
    assert among_best(scores, 40).sum() == 39


def test_a_fit_refuses_a_source_without_its_section_too(checkerboard: Dataset) -> None:
    two_stage = next(recipe for recipe in load_recipes() if recipe.name == "two_stage_linear")
    params = {name: value for name, value in two_stage.params.items() if name != "als"}

    with pytest.raises(AisleError, match="section 'als'"):
        build("two_stage_linear", {**params, "sources": {"als": 5}}).fit(checkerboard)
