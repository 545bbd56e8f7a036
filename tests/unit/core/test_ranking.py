"""The best k of a row, with ties and forbidden items."""

import numpy as np
import pytest

from aisle.core.ranking import top_k, top_k_rows

NEVER = -np.inf


@pytest.mark.parametrize(
    ("scores", "k", "expected"),
    [
        ([1, 3, 2], 2, [1, 2]),
        ([1, 3, 2], 5, [1, 2, 0]),
        ([5, 5, 5, 5], 2, [0, 1]),
        ([2, 7, 2, 7, 2], 3, [1, 3, 0]),
        ([1, NEVER, 2, NEVER], 3, [2, 0]),
        ([NEVER, NEVER], 1, []),
        ([1, 2], 0, []),
        ([], 3, []),
    ],
)
def test_best_come_first_ties_by_position_and_forbidden_never(
    scores: list[float], k: int, expected: list[int]
) -> None:
    assert top_k(np.array(scores, dtype=np.float32), k).tolist() == expected


def test_top_k_agrees_with_a_stable_sort_on_many_ties() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        scores = random.integers(0, 6, size=40).astype(np.float32)
        expected = np.argsort(-scores, kind="stable")[:7]
        assert top_k(scores, 7).tolist() == expected.tolist()


def test_rows_are_padded_where_there_is_nothing_left() -> None:
    scores = np.array([[1, 2, 3], [NEVER, 4, NEVER]], dtype=np.float32)

    assert top_k_rows(scores, 2).tolist() == [[2, 1], [1, -1]]
