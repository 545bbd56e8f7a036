"""Against ridge regression in its primal form, and where there is little history."""

import numpy as np

from training.dataset import Dataset
from training.models.two_stage.lately_source import LATE_WEEKS, PENALTY, lately_source
from training.models.two_stage.purchases import Purchases, purchases_of
from training.models.two_stage.sources import frequency, logged, unit_rows


def test_scores_are_ridge_regression_from_what_was_bought_before_to_what_was_bought_since(
    rhythm: Dataset,
) -> None:
    history = purchases_of(rhythm)
    pool = np.arange(0, history.shape[1], 2)
    weeks = min(LATE_WEEKS, history.weeks_of_history / 4)
    before = unit_rows(logged(frequency(history.before(weeks), 13))).toarray().astype(np.float64)
    now = unit_rows(logged(frequency(history, 13))).toarray().astype(np.float64)
    since = np.zeros(history.shape)
    late = history.age <= weeks
    since[history.user[late], history.item[late]] = 1

    scores = lately_source(history, pool, 5).scores(np.arange(history.shape[0]))

    assert since.sum() > 0
    gram = before.T @ before + PENALTY * np.eye(history.shape[1])
    weights = np.linalg.solve(gram, before.T @ since)
    np.testing.assert_allclose(scores, (now @ weights)[:, pool], atol=1e-5)


def test_what_was_bought_only_before_the_late_weeks_is_not_foretold(rhythm: Dataset) -> None:
    history = purchases_of(rhythm)
    gone = history.item[0]
    is_late = history.age <= min(LATE_WEEKS, history.weeks_of_history / 4)
    kept = ~(is_late & (history.item == gone))
    fields = (history.user, history.item, history.order, history.age, history.known_age)
    without = Purchases(*(values[kept] for values in fields), history.shape)
    assert (is_late & ~kept).any()
    assert (without.item == gone).any()

    scores = lately_source(without, np.array([gone]), 5).scores(np.arange(history.shape[0]))

    assert not scores.any()


def test_nothing_is_foretold_without_any_history(rhythm: Dataset) -> None:
    nothing = purchases_of(rhythm).before(1e6)
    pool = np.arange(3)

    assert nothing.user.size == 0

    scores = lately_source(nothing, pool, 5).scores(np.array([0, 1]))

    np.testing.assert_array_equal(scores, np.zeros((2, 3)))
