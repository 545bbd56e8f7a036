"""Metrics against examples worked out by hand."""

import math

import numpy as np
import pytest

from training.metrics import auc, hits, ndcg, recall, sample_negatives

GAIN = [1 / math.log2(place + 1) for place in range(1, 11)]


def test_hits_mark_relevant_places() -> None:
    assert hits(np.array([7, 3, 9]), np.array([3, 4])).tolist() == [False, True, False]


@pytest.mark.parametrize(("k", "expected"), [(1, 0.0), (2, 0.25), (4, 0.5)])
def test_recall_divides_by_all_relevant_items(k: int, expected: float) -> None:
    found = np.array([False, True, False, True])

    assert recall(found, relevant_count=4, k=k) == expected


def test_ndcg_is_one_when_all_relevant_items_lead() -> None:
    assert ndcg(np.array([True, True, False]), relevant_count=2, k=10) == pytest.approx(1)


def test_ndcg_of_a_hit_on_the_second_of_three_relevant() -> None:
    found = np.array([False, True, False])

    expected = GAIN[1] / (GAIN[0] + GAIN[1] + GAIN[2])
    assert ndcg(found, relevant_count=3, k=10) == pytest.approx(expected)


def test_ndcg_is_ideal_over_k_when_more_is_relevant_than_fits() -> None:
    assert ndcg(np.ones(10, dtype=bool), relevant_count=50, k=10) == pytest.approx(1)


def test_ndcg_ignores_hits_beyond_k() -> None:
    assert ndcg(np.array([False, False, True]), relevant_count=1, k=2) == 0


def test_auc_counts_ties_half() -> None:
    # 3 beats all four; 1 beats one, ties with one, loses to two: (4 + 1.5) / 8.
    positives, negatives = np.array([3.0, 1.0]), np.array([0.0, 1.0, 2.0, 2.0])

    assert auc(positives, negatives) == pytest.approx(5.5 / 8)


def test_auc_of_equal_scores_is_a_half_and_without_negatives_unknown() -> None:
    assert auc(np.zeros(3), np.zeros(5)) == 0.5
    assert math.isnan(auc(np.zeros(3), np.zeros(0)))


def test_negatives_come_from_the_mask_only_and_are_the_same_every_time() -> None:
    allowed = np.arange(5000) % 2 == 0

    drawn = sample_negatives(allowed, (0, 7))

    assert drawn.size == 1000
    assert allowed[drawn].all()
    np.testing.assert_array_equal(drawn, sample_negatives(allowed, (0, 7)))
    assert (drawn != sample_negatives(allowed, (0, 8))).any()


def test_a_small_shop_uses_all_it_has() -> None:
    assert sample_negatives(np.array([True, False, True]), (0, 1)).tolist() == [0, 2]
