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


@pytest.mark.parametrize("kind", ["spread", "tied", "rising", "falling", "few", "forbidden"])
def test_top_k_of_a_long_row_agrees_with_a_stable_sort(kind: str) -> None:
    random = np.random.default_rng(5)
    for size, k in ((1000, 10), (977, 30), (5000, 100), (130, 16), (4000, 7)):
        scores = random.standard_normal(size).astype(np.float32)
        if kind == "tied":
            scores = np.maximum(np.round(scores), 0)
        if kind in ("rising", "falling"):
            scores = np.sort(scores)[:: 1 if kind == "rising" else -1].copy()
        if kind == "few":  # fewer than k above the rest, which is all equal
            scores[random.permutation(size)[k // 2 :]] = -7
        if kind == "forbidden":
            scores[random.permutation(size)[k // 2 :]] = NEVER

        expected = np.argsort(-scores, kind="stable")[:k]
        expected = expected[np.isfinite(scores[expected])]
        assert top_k(scores, k).tolist() == expected.tolist()


def test_what_is_no_number_is_not_allowed() -> None:
    scores = np.array([np.nan, 2, 3] * 40, dtype=np.float32)

    assert top_k(scores, 3).tolist() == [2, 5, 8]
    assert top_k(scores[:3], 2).tolist() == [2, 1]


def test_rows_are_padded_where_there_is_nothing_left() -> None:
    scores = np.array([[1, 2, 3], [NEVER, 4, NEVER]], dtype=np.float32)

    assert top_k_rows(scores, 2).tolist() == [[2, 1], [1, -1]]
