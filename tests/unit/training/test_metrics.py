"""Metrics against an independent library, and against examples worked out by hand."""

import math

import numpy as np
import pytest
import pytrec_eval

from training.metrics import (
    AUC_NEGATIVES,
    CUTOFFS,
    RANK_METRICS,
    auc,
    hits,
    ndcg,
    rank_metrics,
    sample_negatives,
)

TREC_NAMES = {
    "recall": "recall",
    "ndcg": "ndcg_cut",
    "map": "map_cut",
    "precision": "P",
    "hit": "success",
}
RECIPROCAL_RANK = "recip_rank"  # trec_eval knows it of whole lists only
ITEMS, LONGEST = 60, max(CUTOFFS)


def random_lists(users: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lists of 0 to 20 items (users x 20) and relevant ones, of which there are 1 to 60."""
    random = np.random.default_rng(3)
    ranked = np.full((users, LONGEST), -1)
    is_relevant = np.zeros((users, ITEMS), dtype=bool)
    for user in range(users):
        length = (0, 1, 9, 10, 11, LONGEST)[user % 6]
        ranked[user, :length] = random.permutation(ITEMS)[:length]
        count = (1, 2, 10, 15, 25, ITEMS)[user // 6 % 6]
        is_relevant[user, random.permutation(ITEMS)[:count]] = True
    is_relevant[-1] = False
    is_relevant[-1, ranked[-1, :LONGEST]] = True  # everything shown is a hit
    return ranked, is_relevant


def trec_results(ranked: np.ndarray, is_relevant: np.ndarray) -> dict[str, dict[str, float]]:
    """Return what trec_eval says about the same lists, by user."""
    judgements = {
        f"u{user}": {f"i{item}": 1 for item in np.flatnonzero(row)}
        for user, row in enumerate(is_relevant)
    }
    # trec_eval ranks by score; a user without a list has to show something irrelevant.
    lists = {
        f"u{user}": {f"i{item}": 1.0 / place for place, item in enumerate(row[row >= 0], start=1)}
        or {"nothing": 1.0}
        for user, row in enumerate(ranked)
    }
    places = ",".join(str(k) for k in CUTOFFS)
    names = {RECIPROCAL_RANK, *(f"{name}.{places}" for name in TREC_NAMES.values())}
    results: dict[str, dict[str, float]] = pytrec_eval.RelevanceEvaluator(
        judgements, names
    ).evaluate(lists)
    return results


@pytest.mark.parametrize("metric", RANK_METRICS)
def test_every_ranking_metric_is_what_trec_eval_says(metric: str) -> None:
    ranked, is_relevant = random_lists(users=36)
    name, _, k = metric.partition("_at_")

    found = rank_metrics(hits(ranked, is_relevant), is_relevant.sum(axis=1))[metric]

    trec = trec_results(ranked[:, : int(k)], is_relevant)
    trec_name = RECIPROCAL_RANK if name == "mrr" else f"{TREC_NAMES[name]}_{k}"
    expected = [trec[f"u{user}"][trec_name] for user in range(36)]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found[-1] > 0
    assert found[0] == 0  # the empty list


def test_hits_mark_relevant_places_and_no_place_beyond_a_short_list() -> None:
    is_relevant = np.array([[True, False, True]])

    assert hits(np.array([[2, 1, -1]]), is_relevant).tolist() == [[True, False, False]]


def test_ndcg_of_a_hit_on_the_second_of_three_relevant() -> None:
    gain = [1 / math.log2(place + 1) for place in range(1, 4)]

    found = ndcg(np.array([[False, True, False]]), np.array([3]), k=10)

    assert found.tolist() == [pytest.approx(gain[1] / sum(gain))]


def test_auc_counts_ties_half() -> None:
    # 3 beats all four; 1 beats one, ties with one, loses to two: (4 + 1.5) / 8.
    positives, negatives = np.array([3.0, 1.0]), np.array([0.0, 1.0, 2.0, 2.0])

    assert auc(positives, negatives) == pytest.approx(5.5 / 8)


def test_auc_of_equal_scores_is_a_half_and_without_negatives_unknown() -> None:
    assert auc(np.zeros(3), np.zeros(5)) == 0.5
    assert math.isnan(auc(np.zeros(3), np.zeros(0)))


def test_negatives_are_drawn_evenly_from_what_is_allowed_the_same_every_time() -> None:
    excluded = np.arange(1, 5000, 2)

    drawn = sample_negatives(5000, excluded, (0, 7))

    allowed = np.arange(0, 5000, 2)
    same = allowed[np.random.default_rng((0, 7)).integers(allowed.size, size=AUC_NEGATIVES)]
    np.testing.assert_array_equal(drawn, same)
    assert (drawn != sample_negatives(5000, excluded, (0, 8))).any()


def test_a_small_shop_uses_all_it_has() -> None:
    assert sample_negatives(3, np.array([1]), (0, 1)).tolist() == [0, 2]
    assert sample_negatives(3, np.array([], dtype=int), (0, 1)).tolist() == [0, 1, 2]
    assert sample_negatives(2, np.array([0, 1]), (0, 1)).tolist() == []
