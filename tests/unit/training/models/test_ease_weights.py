"""EASE's two forms are one model, and it is the published one."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from training.dataset import Dataset
from training.models.ease import Ease
from training.models.ease_weights import DualWeights, PrimalWeights, ease_weights
from training.split import Truth, pairs

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


def test_a_large_shop_keeps_the_items_most_users_bought(checkerboard: Dataset) -> None:
    params = {"window_days": 28, "min_users": 1, "half_life_weeks": 13, "regularisation": 1}
    model = Ease({**params, "largest_side": 6}).fit(checkerboard)
    buyers = checkerboard.interactions.groupby("item_index")["user_index"].nunique()

    assert model.pool.size == 6
    assert buyers[model.pool].min() >= buyers.drop(model.pool).max()
    assert isinstance(model.weights, PrimalWeights)
    assert sorted(model.recommend(["u04"], 50)["item_id"]) == list(checkerboard.item_ids)


def test_popularity_counts_as_much_as_finds_most_new_items(checkerboard: Dataset) -> None:
    few_odd = checkerboard.interactions.query("user_index % 2 == 0 or user_index < 10")
    shop = replace(checkerboard, interactions=few_odd)
    seen = pairs(few_odd, shop.shape)
    wanted = np.zeros(shop.shape, dtype=bool)
    wanted[np.arange(40), (np.arange(40) + 2) % 20] = True  # the one item of their colour left out
    truth = Truth("discovery", sparse.csr_matrix(wanted), seen)
    params = {
        "window_days": 28,
        "min_users": 1,
        "half_life_weeks": 13,
        "regularisation": 1,
        "largest_side": 100,
        "validation_users": 40,
        "popularity_weights": [1000, 0],
    }

    chosen, curve = Ease.choose(params, shop, {"discovery": truth})

    assert chosen == {"popularity_weight": 0}
    assert curve[1].value == 1
