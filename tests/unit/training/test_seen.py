"""Whether owned items are hidden follows from how often people buy again."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.dataset import Dataset
from training.seen import hides_seen
from training.split import Task, Truth


def truths(bought: int, new: int) -> dict[Task, Truth]:
    """Return the truth of one user who bought so many items, of which some are new."""

    def row(count: int) -> sparse.csr_matrix:
        return sparse.csr_matrix(np.arange(1000)[None, :] < count)

    return {
        "next": Truth("next", row(bought), None),
        "discovery": Truth("discovery", row(new), row(0)),
    }


def history(*baskets: tuple[int, ...]) -> Dataset:
    """Return the baskets of one user."""
    rows = [(0, item, order) for order, items in enumerate(baskets) for item in items]
    return Dataset(
        cutoff=pd.Timestamp(2024, 1, 1),
        user_ids=np.arange(1),
        item_ids=np.arange(9),
        interactions=pd.DataFrame(rows, columns=["user_index", "item_index", "order_index"]),
        user_features=pd.DataFrame(),
        item_features=pd.DataFrame(),
    )


@pytest.mark.parametrize(
    ("bought", "new", "is_hidden"), [(200, 200, True), (200, 191, True), (200, 190, False)]
)
def test_the_share_of_repeats_in_the_validation_window_decides(
    bought: int, new: int, is_hidden: bool
) -> None:
    assert hides_seen(history((0,), (0,)), truths(bought, new)) is is_hidden


@pytest.mark.parametrize(
    ("dataset", "is_hidden"),
    [(history((0, 1), (2,)), True), (history((0, 1), (0,)), False), (history(), False)],
)
def test_where_hardly_anybody_came_back_the_history_decides(
    dataset: Dataset, is_hidden: bool
) -> None:
    assert hides_seen(dataset, truths(3, 3)) is is_hidden
