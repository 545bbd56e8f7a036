"""Factorisations are what their libraries make of the same matrix; sizes follow the data."""

import numpy as np
import pytest
from implicit.als import AlternatingLeastSquares
from scipy import sparse

from training.dataset import Dataset
from training.models.als import ImplicitALS
from training.models.history import log_frequency
from training.models.svd import TruncatedSVD

POOL = {"window_days": 28, "min_users": 1, "half_life_weeks": 13, "seed": 7}
ALS = {**POOL, "components": 6, "regularisation": 0.1, "alpha": 2.0, "iterations": 12}


def test_als_recommends_what_the_library_recommends(checkerboard: Dataset) -> None:
    model = ImplicitALS(ALS).fit(checkerboard)
    history = log_frequency(checkerboard, 13)[:, model.pool]
    library = AlternatingLeastSquares(
        factors=6, regularization=0.1, alpha=2.0, iterations=12, num_threads=1, random_state=7
    )
    library.fit(history, show_progress=False)

    users = np.arange(40)
    items, scores = library.recommend(users, history, N=5, filter_already_liked_items=False)

    np.testing.assert_allclose(
        np.sort(model.pool_scores(users))[:, ::-1][:, :5], scores, rtol=1e-5, atol=1e-6
    )
    assert items.shape == (40, 5)


def test_als_reaches_the_closed_form_of_its_objective(checkerboard: Dataset) -> None:
    model = ImplicitALS({**ALS, "iterations": 60, "components": 3}).fit(checkerboard)
    history = log_frequency(checkerboard, 13)[:, model.pool].toarray()
    items, user = model.factors.items.astype(float), 4
    confidence = np.where(history[user] > 0, 2.0 * history[user], 1.0)
    preference = (history[user] > 0).astype(float)

    # Hu, Koren, Volinsky (2008), equation 4.
    left = items.T @ (confidence[:, None] * items) + 0.1 * np.eye(3)
    solved = np.linalg.solve(left, items.T @ (confidence * preference))

    np.testing.assert_allclose(model.factors.users[user], solved, atol=2e-2)


def test_svd_projects_on_the_singular_vectors() -> None:
    history = np.random.default_rng(2).poisson(0.5, size=(30, 18)).astype(np.float32)
    model = TruncatedSVD({"iterations": 20, "seed": 7})

    factors = model.factorise(sparse.csr_matrix(history), 5)

    left, values, right = np.linalg.svd(history.astype(float), full_matrices=False)
    best = (left[:, :5] * values[:5]) @ right[:5]
    np.testing.assert_allclose(factors.users @ factors.items.T, best, atol=1e-3)


@pytest.mark.parametrize("components", [1, 500])
def test_components_are_capped_by_the_shop(checkerboard: Dataset, components: int) -> None:
    params = {**POOL, "components": components, "iterations": 3}
    model = TruncatedSVD(params).fit(checkerboard)

    assert model.factors.items.shape == (20, min(components, 19))
