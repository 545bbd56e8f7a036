"""Ranking metrics of many users at once, from which places of their lists are hits; and AUC.

Binary relevance, as trec_eval defines it: a test compares every number with that library.
"""

import numpy as np

CUTOFFS = (10, 20)
AUC_NEGATIVES = 1000
RANK_METRICS = [
    f"{name}_at_{k}"
    for name in ("recall", "ndcg", "map", "precision", "hit", "mrr")
    for k in CUTOFFS
]


def hits(ranked: np.ndarray, is_relevant: np.ndarray) -> np.ndarray:
    """Return for each place of each user's list whether the item there is relevant.

    ranked: users x k item indices, -1 where a list is shorter · is_relevant: users x items.
    """
    found: np.ndarray = np.take_along_axis(is_relevant, np.maximum(ranked, 0), axis=1)
    return found & (ranked >= 0)


def rank_metrics(found: np.ndarray, relevant_counts: np.ndarray) -> dict[str, np.ndarray]:
    """Return each metric of RANK_METRICS for every user with anything to find.

    recall and map divide by all relevant items, precision by k, ndcg by the best list possible.
    """
    measured = {}
    for k in CUTOFFS:
        first = found[:, :k]
        count = first.sum(axis=1)
        measured[f"recall_at_{k}"] = count / relevant_counts
        measured[f"ndcg_at_{k}"] = ndcg(first, relevant_counts, k)
        measured[f"map_at_{k}"] = average_precision(first, relevant_counts)
        measured[f"precision_at_{k}"] = count / k
        measured[f"hit_at_{k}"] = (count > 0).astype(float)
        measured[f"mrr_at_{k}"] = reciprocal_rank(first)
    return measured


def ndcg(found: np.ndarray, relevant_counts: np.ndarray, k: int) -> np.ndarray:
    """Return the discounted gain of the first k places over that of the best list possible."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)[np.minimum(relevant_counts, k) - 1]
    first = found[:, :k]
    gains: np.ndarray = (first * discounts[: first.shape[1]]).sum(axis=1) / ideal
    return gains


def average_precision(found: np.ndarray, relevant_counts: np.ndarray) -> np.ndarray:
    """Return the sum of the precisions at each hit over the number of relevant items."""
    places = np.arange(1, found.shape[1] + 1)
    precision = np.cumsum(found, axis=1) / places
    total: np.ndarray = (precision * found).sum(axis=1) / relevant_counts
    return total


def reciprocal_rank(found: np.ndarray) -> np.ndarray:
    """Return one over the place of the first hit, zero without one."""
    is_any = found.any(axis=1)
    places = found.argmax(axis=1) + 1
    return np.where(is_any, 1 / places, 0.0)


def auc(positives: np.ndarray, negatives: np.ndarray) -> float:
    """Return how often a positive's score beats a negative's; a tie counts half."""
    if negatives.size == 0:
        return float("nan")
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return float((below + not_above).mean() / (2 * negatives.size))


def sample_negatives(size: int, excluded: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Return up to 1,000 of `size` items drawn uniformly; none of `excluded`, which are in order.

    An item is drawn by its place among those allowed: so many places on as excluded ones lie below.
    """
    allowed = size - excluded.size
    if allowed <= AUC_NEGATIVES:
        places = np.arange(allowed)
    else:
        places = np.random.default_rng(seed).integers(allowed, size=AUC_NEGATIVES)
    below = np.searchsorted(excluded - np.arange(excluded.size), places, side="right")
    return places + below
