"""Truth starts at the cutoff and never overlaps history."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
from scipy import sparse

from aisle.core.errors import AisleError
from aisle.core.windows import Window
from training.split import Task, known_before, pairs, truth

CUTOFF = datetime(2024, 3, 4, 5)
END = CUTOFF + timedelta(days=21)
WINDOW = Window("test_1", CUTOFF, END)
SHAPE = (3, 5)


def interactions(*rows: tuple[int, int, datetime]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_index", "item_index", "interacted_at"])
    return frame.assign(known_at=frame["interacted_at"])


def pairs_of(matrix: sparse.csr_matrix) -> set[tuple[int, int]]:
    return set(zip(*(side.tolist() for side in matrix.nonzero()), strict=True))


@pytest.mark.parametrize(
    ("moment", "is_truth"),
    [
        (CUTOFF - timedelta(seconds=1), False),
        (CUTOFF, True),
        (END - timedelta(seconds=1), True),
        (END, False),
    ],
)
def test_truth_starts_at_the_cutoff_and_stops_before_the_end(
    moment: datetime, is_truth: bool
) -> None:
    known = (0, 4, CUTOFF - timedelta(days=1))

    found = truth(interactions(known, (0, 1, moment)), WINDOW, "next", SHAPE)

    assert bool(found.relevant[0, 1]) is is_truth


def test_discovery_leaves_out_what_was_bought_before() -> None:
    before, after = CUTOFF - timedelta(days=9), CUTOFF + timedelta(days=1)
    rows = interactions((0, 1, before), (0, 1, after), (0, 2, after), (1, 3, before), (1, 3, after))

    found = truth(rows, WINDOW, "discovery", SHAPE)

    assert found.relevant[0].indices.tolist() == [2]
    assert found.users.tolist() == [0]
    assert found.seen is not None
    assert found.seen[0].indices.tolist() == [1]


def test_buying_twice_counts_once() -> None:
    before, after = CUTOFF - timedelta(days=9), CUTOFF + timedelta(days=1)
    rows = interactions((0, 4, before), (0, 2, after), (0, 2, after + timedelta(days=1)))

    assert truth(rows, WINDOW, "next", SHAPE).relevant.nnz == 1


def test_users_without_history_are_newcomers_and_nothing_else() -> None:
    before, after = CUTOFF - timedelta(days=1), CUTOFF + timedelta(days=1)
    rows = interactions((0, 4, before), (0, 1, after), (2, 2, after))

    assert truth(rows, WINDOW, "next", SHAPE).users.tolist() == [0]
    assert truth(rows, WINDOW, "discovery", SHAPE).users.tolist() == [0]
    assert truth(rows, WINDOW, "newcomers", SHAPE).users.tolist() == [2]


def test_no_purchases_make_an_empty_truth() -> None:
    assert pairs(interactions(), SHAPE).nnz == 0


@pytest.mark.parametrize("task", ["next", "discovery"])
def test_a_shop_nobody_comes_back_to_has_no_truth_of_users_with_history(task: Task) -> None:
    visits = interactions((0, 1, CUTOFF - timedelta(days=1)), (1, 2, CUTOFF))

    assert truth(visits, WINDOW, task, SHAPE).users.size == 0


def test_an_unknown_task_is_refused_by_name() -> None:
    with pytest.raises(AisleError, match="'later'"):
        truth(interactions(), WINDOW, "later", SHAPE)  # type: ignore[arg-type]


def test_what_came_late_is_neither_history_nor_seen_nor_truth() -> None:
    known, bought = (0, 4, CUTOFF - timedelta(days=1)), (0, 1, CUTOFF)
    rows = interactions(known, (0, 1, CUTOFF - timedelta(days=2)), bought)
    rows.loc[1, "known_at"] = CUTOFF + timedelta(days=1)

    assert known_before(rows, CUTOFF).tolist() == [True, False, False]
    found = truth(rows, WINDOW, "discovery", SHAPE)
    assert pairs_of(found.relevant) == {(0, 1)}
    assert found.seen is not None and pairs_of(found.seen) == {(0, 4)}


def test_who_was_only_known_later_is_no_user_with_history() -> None:
    rows = interactions((0, 4, CUTOFF - timedelta(days=1)), (0, 1, CUTOFF))
    rows.loc[0, "known_at"] = CUTOFF

    assert truth(rows, WINDOW, "next", SHAPE).users.size == 0
    assert truth(rows, WINDOW, "newcomers", SHAPE).users.tolist() == [0]
