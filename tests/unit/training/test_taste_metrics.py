"""Lists that resemble what a user takes are calibrated, lists of bestsellers are not."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy

from training.dataset import Dataset
from training.taste_metrics import SMOOTHING, miscalibration, popularity_bias, taste_metrics, tastes


@pytest.fixture
def dataset() -> Dataset:
    """Users 0 and 1 take tea (items 0, 1) three times in four; user 2 has no history.

    Everybody has met item 0, half item 1 and item 2; item 3, without a category, nobody.
    """
    lines = [(0, 0), (0, 0), (0, 1), (0, 2), (1, 0)]
    interactions = pd.DataFrame(lines, columns=["user_index", "item_index"])
    return Dataset(
        cutoff=pd.Timestamp(2024, 1, 1),
        user_ids=np.arange(3),
        item_ids=np.arange(4),
        interactions=interactions,
        user_features=pd.DataFrame(index=range(3)),
        item_features=pd.DataFrame({"category": ["tea", "tea", "jam", None]}),
    )


def test_bias_is_mean_popularity_less_that_of_the_lines_a_user_took(dataset: Dataset) -> None:
    known = tastes(dataset)

    assert known.popularity.tolist() == [1.0, 0.5, 0.5, 0.0]
    lists = np.array([[0, 1], [0, -1], [1, 3]])
    found = popularity_bias(lists, np.arange(3), known)
    usual = [(1 + 1 + 0.5 + 0.5) / 4, 1.0, (1 + 1 + 0.5 + 0.5 + 1) / 5]
    assert found.tolist() == pytest.approx([0.75 - usual[0], 1 - usual[1], 0.25 - usual[2]])


def test_miscalibration_is_the_divergence_that_scipy_finds(dataset: Dataset) -> None:
    known = tastes(dataset)
    users = np.array([0, 1, 2])

    found = miscalibration(np.array([[0, 2], [2, 3], [0, 1]]), users, known)

    own = np.array([[0.75, 0.25], [1.0, 0.0], [0.8, 0.2]])  # tea, jam; the last: of everybody
    listed = np.array([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]])
    mixed = (1 - SMOOTHING) * listed + SMOOTHING * own
    assert found.tolist() == pytest.approx([entropy(p, q) for p, q in zip(own, mixed, strict=True)])


def test_a_list_in_the_users_own_shares_is_calibrated(dataset: Dataset) -> None:
    found = miscalibration(np.array([[0, 1, 0, 2]]), np.array([0]), tastes(dataset))

    assert found.tolist() == pytest.approx([0.0])


def test_an_empty_list_and_one_without_categories_tell_nothing(dataset: Dataset) -> None:
    known = tastes(dataset)

    assert np.isnan(miscalibration(np.array([[3, -1], [-1, -1]]), np.array([0, 0]), known)).all()
    assert np.isnan(popularity_bias(np.array([[-1, -1]]), np.array([0]), known)).all()


def test_a_shop_without_categories_or_history_is_measured_as_far_as_it_can_be(
    dataset: Dataset,
) -> None:
    bare = Dataset(
        **{
            **vars(dataset),
            "interactions": dataset.interactions[:0],
            "item_features": pd.DataFrame(index=range(4)),
        }
    )

    found = taste_metrics(np.array([[0, 1]]), np.array([2]), tastes(bare))

    assert found["popularity_bias_at_10"].tolist() == [0.0]
    assert np.isnan(found["miscalibration_at_10"]).all()
