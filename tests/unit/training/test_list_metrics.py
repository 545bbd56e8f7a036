"""Lists of everyday goods are not novel, lists of one kind are not diverse."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.list_metrics import diversity, item_traits, list_metrics, novelty


def test_an_item_everybody_met_tells_nothing_and_a_rare_one_much() -> None:
    bits = np.array([0.0, 3.0, 1.0])

    found = novelty(np.array([[0, 1], [1, -1], [-1, -1]]), bits)

    np.testing.assert_array_equal(found, [1.5, 3.0, np.nan])


def test_popularity_is_counted_once_per_user() -> None:
    lines = [(user, 0, user) for user in range(3)] + [(0, 1, 0), (0, 1, 5)]
    interactions = pd.DataFrame(lines, columns=["user_index", "item_index", "order_index"])
    known = Dataset(
        cutoff=pd.Timestamp(2024, 1, 1),
        user_ids=np.arange(4),
        item_ids=np.arange(3),
        interactions=interactions,
        user_features=pd.DataFrame(index=range(4)),
        item_features=pd.DataFrame({"category": ["tea", "tea", None], "brand": ["A", "B", "A"]}),
    )

    traits = item_traits(known)

    # Three users are active: (3 + 1) / (buyers + 1).
    assert traits.self_information.tolist() == [0.0, 1.0, 2.0]
    assert traits.labels.tolist() == [[0, 0], [0, 1], [-1, 0]]
    bare = item_traits(replace(known, item_features=pd.DataFrame(index=range(3))))
    assert np.isnan(list_metrics(np.array([[0, 1]]), bare)["diversity_at_10"]).all()


LABELS = np.array([[0, 0], [0, 1], [1, 2], [-1, -1], [0, 0]])


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([0, 4], 0.0),  # the same category and brand
        ([0, 2], 1.0),  # nothing in common
        ([0, 1], 2 / 3),  # one label of three
        ([0, 1, 2], (2 / 3 + 1 + 1) / 3),
        ([0, 4, 3], (0 + 1 + 1) / 3),  # without labels: nothing in common with those that have some
        ([0, 4, -1], 0.0),
    ],
)
def test_diversity_is_one_minus_the_mean_jaccard_of_all_pairs(
    items: list[int], expected: float
) -> None:
    assert diversity(np.array([items]), LABELS).tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize("items", [[0], [3, 3], [-1, -1]])
def test_diversity_of_less_than_a_pair_is_unknown(items: list[int]) -> None:
    assert np.isnan(diversity(np.array([items]), LABELS)).all()
