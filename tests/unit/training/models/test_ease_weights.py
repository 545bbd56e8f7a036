"""EASE's two forms are one model, and it is the published one."""

import numpy as np
import pytest
from scipy import sparse

from training.models.ease_weights import DualWeights, PrimalWeights, ease_weights

REGULARISATION = 3.0


@pytest.fixture(scope="module")
def history() -> sparse.csr_matrix:
    dense = np.random.default_rng(1).poisson(0.4, size=(25, 12)).astype(np.float32)
    return sparse.csr_matrix(dense)


def published(history: sparse.csr_matrix) -> np.ndarray:
    """The lines of the paper (Steck, WWW 2019, algorithm 1)."""
    gram = (history.T @ history).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + REGULARISATION * np.eye(gram.shape[0]))
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices_from(weights)] = 0
    return np.asarray(weights)


@pytest.mark.parametrize("form", [DualWeights, PrimalWeights])
def test_both_forms_score_as_the_papers_algorithm(
    history: sparse.csr_matrix, form: type[DualWeights] | type[PrimalWeights]
) -> None:
    scores = form.fit(history, REGULARISATION).scores(history)

    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, history @ published(history), rtol=1e-4, atol=1e-5)


def test_each_column_is_the_ridge_regression_on_all_other_items(history: sparse.csr_matrix) -> None:
    dense = history.toarray().astype(np.float64)
    others, own = np.delete(dense, 4, axis=1), dense[:, 4]
    gram = others.T @ others + REGULARISATION * np.eye(others.shape[1])

    fitted = PrimalWeights.fit(history, REGULARISATION).weights[:, 4]

    assert fitted[4] == 0
    expected = np.linalg.solve(gram, others.T @ own)
    np.testing.assert_allclose(np.delete(fitted, 4), expected, rtol=1e-4, atol=1e-5)


def test_a_history_of_somebody_else_is_scored_alike_in_both_forms(
    history: sparse.csr_matrix,
) -> None:
    stranger = sparse.csr_matrix(np.eye(1, history.shape[1], 3, dtype=np.float32) * 2)
    dual, primal = (
        form.fit(history, REGULARISATION).scores(stranger) for form in (DualWeights, PrimalWeights)
    )
    np.testing.assert_allclose(dual, primal, rtol=1e-4, atol=1e-5)


def test_the_smaller_side_is_inverted(history: sparse.csr_matrix) -> None:
    assert isinstance(ease_weights(history, 1.0), PrimalWeights)
    assert isinstance(ease_weights(history[:10], 1.0), DualWeights)


def test_an_item_only_one_user_bought_gives_finite_scores() -> None:
    lonely = sparse.csr_matrix(np.array([[1e4, 0, 0, 0], [0, 1, 1, 0]], dtype=np.float32))
    assert np.isfinite(DualWeights.fit(lonely, 1e-3).scores(lonely)).all()
