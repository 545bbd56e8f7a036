"""Histories as steps: what is read, what is foretold, and where pauses lie."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.neural.histories import Histories, histories_of, most_bought

CUTOFF = datetime(2024, 3, 4)
PARAMS = {"horizon_days": 2, "weeks": 52}
# user, item, order, days before the cutoff; items 0 … 5, of which 5 is not in the pool
ROWS = [
    (0, 1, 10, 40.0),
    (0, 0, 10, 40.0),
    (0, 2, 11, 30.0),
    (0, 5, 11, 30.0),
    (0, 3, 12, 29.0),
    (0, 5, 13, 20.0),
    (0, 4, 14, 1.0),
    (2, 0, 15, 3.0),
    (2, 0, 16, 2.0),
]


def shop(rows: list[tuple[int, int, int, float]]) -> Dataset:
    columns = ["user_index", "item_index", "order_index", "days"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["interacted_at"] = [CUTOFF - timedelta(days=days) for days in frame["days"]]
    return Dataset(
        cutoff=CUTOFF,
        user_ids=np.array(["a", "b", "c"], dtype=object),
        item_ids=np.array(list("uvwxyz"), dtype=object),
        interactions=frame.drop(columns="days").sample(frac=1, random_state=1),
        user_features=pd.DataFrame(index=range(3)),
        item_features=pd.DataFrame(index=range(6)),
    )


@pytest.fixture
def histories() -> Histories:
    return histories_of(shop(ROWS), np.arange(5), PARAMS)


def test_an_order_is_a_step_with_all_its_items_of_the_pool(histories: Histories) -> None:
    assert histories.user_starts.tolist() == [0, 4, 4, 6]  # the second user never bought
    assert np.split(histories.items, histories.starts[1:-1])[0].tolist() == [0, 1]
    assert histories.items.tolist() == [0, 1, 2, 3, 4, 0, 0]


def test_what_follows_within_the_horizon_is_foretold_together(histories: Histories) -> None:
    foretold = histories.foretold(np.arange(6)).toarray()

    assert foretold[0].tolist() == [0.5, 0.5, 0, 0, 0]
    assert foretold[1].tolist() == [0, 0, 0.5, 0.5, 0]  # a day later is within two days
    assert foretold[3].tolist() == [0, 0, 0, 0, 1]  # not what the next user bought
    assert foretold[4].tolist() == [1, 0, 0, 0, 0]  # twice the same item


def test_pauses_are_told_by_their_length(histories: Histories) -> None:
    steps = histories.latest(np.array([0, 1]), 5)

    assert steps.tolist() == [[-1, 0, 1, 2, 3], [-1] * 5]
    # 10, 1 and 28 days: the logarithms of 21, 3 and 57
    assert histories.gaps(steps).tolist() == [[0, 0, 4, 1, 5], [0] * 5]


def test_each_step_with_a_predecessor_is_foretold_in_one_run() -> None:
    rows = [(0, step % 5, step, 100.0 - step) for step in range(23)]
    histories = histories_of(shop([*rows, (1, 0, 90, 5.0)]), np.arange(5), PARAMS)

    runs = histories.lessons(8)

    foretold = [step for first, stop, least in runs for step in range(least, stop + 1)]
    assert sorted(foretold) == list(range(1, 23))
    assert all(stop - first <= 8 for first, stop, _ in runs)
    assert all(least - first >= 4 for first, _, least in runs if first > 0)
    assert histories.read(runs, 8).shape == (len(runs), 8)


def test_old_steps_are_read_but_not_foretold() -> None:
    histories = histories_of(shop(ROWS), np.arange(5), {**PARAMS, "weeks": 2})
    assert histories.lessons(8).tolist() == [[0, 3, 3], [4, 5, 5]]


def test_items_of_one_order_at_different_times_are_steps_of_their_own() -> None:
    rows = [(0, 0, 7, 3.0), (0, 1, 7, 2.5), (0, 2, 7, 2.5)]  # the clicks of one session
    histories = histories_of(shop(rows), np.arange(5), PARAMS)
    assert np.diff(histories.starts).tolist() == [1, 2]


def test_a_shop_without_interactions_has_no_steps() -> None:
    histories = histories_of(shop([(0, 5, 1, 1.0)]), np.arange(5), PARAMS)
    assert histories.lessons(8).shape == (0, 3)
    assert histories.latest(np.arange(3), 2).tolist() == [[-1, -1]] * 3


def test_a_large_pool_is_cut_to_what_most_users_buy() -> None:
    rows = [(user, item, 10 * user + item, 1.0) for user in range(3) for item in range(user + 2)]
    assert most_bought(shop(rows), np.arange(5), 3).tolist() == [0, 1, 2]
