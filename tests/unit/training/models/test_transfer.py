"""What was learned is found again by name; what content tells stands in for what was not."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from training.dataset import Dataset
from training.models.lightfm_fit import fit_epochs
from training.models.lightfm_inputs import lightfm_inputs
from training.models.transfer import Learned, carried, fit_content_map

PARAMS = {
    "weeks": 13,
    "half_life_weeks": 4,
    "min_users": 2,
    "min_feature_count": 2,
    "numeric_features": False,
    "identity_weight": 5.0,
    "components": 4,
    "learning_rate": 0.1,
    "max_sampled": 10,
    "seed": 7,
}


def test_rows_are_carried_by_name_and_new_names_have_none() -> None:
    found = carried(["a", "b"], np.array([[1.0], [2.0]]), ["b", "c", "a"])

    np.testing.assert_array_equal(found, [[2], [np.nan], [1]])


def test_a_fit_begins_where_the_last_one_ended(checkerboard: Dataset) -> None:
    fewer = checkerboard.interactions.query("user_index != 3 and item_index != 5")
    before = replace(checkerboard, interactions=fewer)
    old = lightfm_inputs(before, PARAMS)
    learned = Learned.of(before, old, next(fit_epochs(old, PARAMS)))
    new = lightfm_inputs(checkerboard, PARAMS)

    start = learned.start(checkerboard, new)

    assert np.isnan(start.users[3]).all()
    assert np.isnan(start.items[5]).all()
    assert np.isnan(start.item_biases).sum() == 1
    np.testing.assert_array_equal(start.users[4], learned.embeddings.user_features[3])
    np.testing.assert_array_equal(start.items[-1], learned.embeddings.item_features[-1])
    assert start.gradients is not None and learned.embeddings.gradients is not None
    np.testing.assert_array_equal(
        start.gradients.users[4], learned.embeddings.gradients.user_features[3]
    )
    assert np.isnan(start.gradients.items[5]).all()
    assert start.gradients.items[-1].min() > 1, "Adagrad begins at one: steps have become smaller"
    still = next(fit_epochs(new, {**PARAMS, "learning_rate": 1e-12}, start=start))
    np.testing.assert_allclose(still.item_features[4], start.items[4], atol=1e-6)
    assert np.isfinite(still.item_features).all()


def test_content_maps_into_the_space_of_vectors() -> None:
    random = np.random.default_rng(0)
    content = sparse.csr_matrix(np.eye(3, dtype=np.float32)[random.integers(3, size=60)])
    centres = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]], dtype=np.float32)
    vectors = content @ centres

    mapped = fit_content_map(content, vectors, 0.01)

    new = sparse.csr_matrix(np.array([[0, 1, 0], [0, 0, 0]], dtype=np.float32))
    assert mapped.vectors(new)[0] == pytest.approx(centres[1], abs=0.01)
    assert mapped.vectors(new)[1] == pytest.approx(vectors.mean(axis=0), abs=1e-6)
