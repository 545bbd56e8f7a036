"""Decay, popularity and due-ness on a handful of purchases."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.history import decayed_frequency, recent_popularity
from training.models.repeat import overdue

CUTOFF = datetime(2024, 3, 4, 5)


def dataset(*rows: tuple[int, int, float]) -> Dataset:
    """A shop of two users and three items from (user, item, weeks before the cutoff)."""
    frame = pd.DataFrame(rows, columns=["user_index", "item_index", "weeks"])
    frame["interacted_at"] = [CUTOFF - timedelta(weeks=weeks) for weeks in frame["weeks"]]
    empty = pd.DataFrame()
    ids = np.array(["a", "b", "c"], dtype=object)
    return Dataset(CUTOFF, ids[:2], ids, frame.assign(order_index=range(len(frame))), empty, empty)


def test_a_basket_one_half_life_ago_weighs_half() -> None:
    frequency = decayed_frequency(dataset((0, 1, 13), (0, 1, 0), (1, 2, 26)), 13)

    assert frequency.toarray().tolist() == [[0, 1.5, 0], [0, 0, 0.25]]


def test_popularity_counts_buyers_of_the_window_then_older_baskets() -> None:
    shop = dataset((0, 0, 1), (1, 0, 1), (0, 1, 1), (0, 1, 2), (0, 1, 3), (1, 2, 20))

    popularity = recent_popularity(shop, 28)

    assert np.floor(popularity).tolist() == [2, 1, 0]
    assert 0 < popularity[2] < 0.5


@pytest.mark.parametrize(
    ("weeks", "gaps_missed"),
    [((9, 8, 7), 6), ((3, 2, 1), 0), ((4, 2), 0), ((30,), 0)],
)
def test_an_item_is_overdue_by_the_gaps_that_passed(
    weeks: tuple[float, ...], gaps_missed: float
) -> None:
    signal = overdue(dataset(*[(0, 1, week) for week in weeks]))

    assert signal[0, 1] == pytest.approx(-np.log1p(gaps_missed))
    assert signal.nnz == 1, "an item that is not overdue keeps its entry"
