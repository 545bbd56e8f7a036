"""Choices are made on users who stand for all kinds of users, the same ones every time."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.dataset import Dataset
from training.models.early_stopping import Judged, judged_sample, mean_ndcg, sample_users
from training.sampling import stratified_sample
from training.segments import HEAVY, LIGHT, NEW, segments
from training.split import Truth

USERS = 400
CUTOFF = datetime(2024, 3, 4)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """A tenth of the users are new, a fifth heavy; a quarter of the light ones told their age."""
    user = np.arange(USERS)
    orders = np.select([user % 10 == 0, user % 5 == 1], [0, 9], 2)
    rows = [(one, one % 7, one * 10 + order) for one in user for order in range(orders[one])]
    interactions = pd.DataFrame(rows, columns=["user_index", "item_index", "order_index"])
    ages = [f'{{"age": "{20 + one % 3}"}}' if one % 4 == 3 else None for one in user]
    return Dataset(
        cutoff=CUTOFF,
        user_ids=np.array([f"u{one:03}" for one in user], dtype=object),
        item_ids=np.array([f"i{one}" for one in range(7)], dtype=object),
        interactions=interactions.assign(interacted_at=CUTOFF - timedelta(days=3)),
        user_features=pd.DataFrame({"attributes": ages}),
        item_features=pd.DataFrame(index=range(7)),
    )


@pytest.fixture(scope="module")
def truth() -> Truth:
    """Everybody is to find their own item."""
    user = np.arange(USERS)
    shape = (USERS, 7)
    return Truth("next", sparse.csr_matrix((np.ones(USERS, bool), (user, user % 7)), shape=shape))


@pytest.mark.parametrize("count", [40, 100, 200])
def test_each_kind_of_user_has_its_share(dataset: Dataset, truth: Truth, count: int) -> None:
    kinds = segments(dataset, truth.users)

    drawn = sample_users(dataset, truth, count)

    found = pd.Series(kinds[drawn]).value_counts()
    expected = pd.Series({NEW: 0.1, LIGHT: 0.7, HEAVY: 0.2}) * count
    assert (found - expected).abs().max() <= 2
    assert drawn.tolist() == stratified_sample(dataset, truth.users, count).users.tolist()
    assert drawn.tolist() == sample_users(dataset, truth, count).tolist()


def test_a_shop_with_fewer_users_is_judged_whole(dataset: Dataset, truth: Truth) -> None:
    assert sample_users(dataset, truth, 1000).tolist() == truth.users.tolist()


def test_each_task_has_its_own_users(dataset: Dataset, truth: Truth) -> None:
    nobody = Truth("discovery", sparse.csr_matrix((USERS, 7), dtype=bool))

    judged = judged_sample(dataset, {"next": truth, "discovery": nobody}, {"validation_users": 50})

    assert abs(judged["next"].users.size - 50) <= 3
    assert judged["discovery"].users.size == 0


def test_the_judged_users_alone_count(truth: Truth) -> None:
    class OnlyEven:
        def scores(self, user_index: np.ndarray) -> np.ndarray:
            right = (user_index % 7)[:, None] == np.arange(7)
            return np.where((user_index % 2 == 0)[:, None], right, -np.inf).astype(np.float32)

    def found(users: list[int]) -> float:
        return mean_ndcg(OnlyEven(), np.arange(7), Judged(truth, np.array(users, dtype=int)))

    assert found([2, 8, 100]) == 1
    assert found([3]) == 0
    assert found([2, 3]) == 0.5
    assert found([]) == 0
