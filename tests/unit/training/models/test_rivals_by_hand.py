"""TIFU-KNN and UP-CF@r on three users whose scores the papers' formulas give by hand."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.baskets import BasketLines
from training.models.tifu_knn import TifuKNN, basket_weights
from training.models.up_cf import UpCF

CUTOFF = datetime(2024, 3, 4)
# user: baskets of items, oldest first. Items 0 … 3.
BASKETS = {0: [[0], [0, 1], [1], [0]], 1: [[0, 1], [2]], 2: [[3]]}


@pytest.fixture(scope="module")
def shop() -> Dataset:
    rows = []
    for user, baskets in BASKETS.items():
        for place, items in enumerate(baskets):
            at = CUTOFF - timedelta(days=len(baskets) - place)
            rows += [(user, item, 10 * user + place, at) for item in items]
    columns = ["user_index", "item_index", "order_index", "interacted_at"]
    shuffled = pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=3)
    return Dataset(
        cutoff=CUTOFF,
        user_ids=np.array(["a", "b", "c"], dtype=object),
        item_ids=np.array(["0", "1", "2", "3"], dtype=object),
        interactions=shuffled.astype(dict.fromkeys(columns[:3], np.int32)),
        user_features=pd.DataFrame(index=range(3)),
        item_features=pd.DataFrame(index=range(4)),
    )


def test_tifu_knn_is_the_papers_formula(shop: Dataset) -> None:
    within, group, alpha = 0.5, 0.8, 0.7
    model = TifuKNN(
        {
            "window_days": 28,
            "min_users": 1,
            "groups": 2,
            "within_decay": within,
            "group_decay": group,
            "neighbours": 1,
            "alpha": alpha,
        }
    ).fit(shop)

    # a's four baskets make two groups of two; a group is the mean of its decayed baskets and the
    # vector the mean of the decayed groups: item 0 is in baskets 1, 2 and 4, item 1 in 2 and 3.
    first = [(within + 1) / 2, 1 / 2, 0, 0]
    second = [1 / 2, within / 2, 0, 0]
    a = (group * np.array(first) + np.array(second)) / 2
    # b's two baskets are a group each, c's one basket is the only group.
    b = (group * np.array([1, 1, 0, 0]) + np.array([0, 0, 1, 0])) / 2
    c = np.array([0, 0, 0, 1.0])
    assert np.linalg.norm(a - b) < np.linalg.norm(a - c)
    assert np.linalg.norm(b - a) < np.linalg.norm(b - c)
    assert np.linalg.norm(c - b) > np.linalg.norm(c - a)
    expected = [alpha * own + (1 - alpha) * near for own, near in ((a, b), (b, a), (c, a))]

    scores = model.score(["a", "b", "c"])
    np.testing.assert_allclose(np.maximum(scores, 0), expected, rtol=1e-6, atol=1e-7)


def test_uneven_groups_are_smaller_at_the_old_end() -> None:
    place = np.arange(7)
    lines = BasketLines(np.zeros(7), np.zeros(7), place, np.full(7, 7))

    weights = basket_weights(lines, groups=3, within_decay=0.5, group_decay=0.1)

    # Sizes 2, 2, 3.
    groups = [[0.5, 1], [0.5, 1], [0.25, 0.5, 1]]
    decayed = [
        value * 0.1 ** (2 - number) / len(group) / 3
        for number, group in enumerate(groups)
        for value in group
    ]
    np.testing.assert_allclose(weights, decayed)


def test_up_cf_is_the_papers_formula(shop: Dataset) -> None:
    asymmetry, locality = 0.25, 3
    model = UpCF(
        {
            "window_days": 28,
            "min_users": 1,
            "recency": 2,
            "asymmetry": asymmetry,
            "locality": locality,
            "neighbours": 3,
        }
    ).fit(shop)

    # Shares of the last two baskets; c has one.
    shares = np.array([[0.5, 0.5, 0, 0], [0.5, 0.5, 0.5, 0], [0, 0, 0, 1.0]])
    # a ever bought {0, 1}, b {0, 1, 2}: two in common.
    ab = 2 / (2**asymmetry * 3 ** (1 - asymmetry))
    ba = 2 / (3**asymmetry * 2 ** (1 - asymmetry))
    likeness = np.array([[1, ab, 0], [ba, 1, 0], [0, 0, 1.0]])

    scores = model.score(["a", "b", "c"])
    np.testing.assert_allclose(
        np.maximum(scores, 0), likeness**locality @ shares, rtol=1e-6, atol=1e-7
    )


def test_what_no_neighbour_bought_ranks_below_by_popularity(shop: Dataset) -> None:
    params = {"window_days": 28, "min_users": 1, "recency": 2, "asymmetry": 0.5, "locality": 1}
    model = UpCF({**params, "neighbours": 1}).fit(shop)

    rows = model.recommend(["c"], 4)

    assert rows["item_id"].tolist() == ["3", "0", "1", "2"]
