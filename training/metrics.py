"""Ranking metrics of one user: recall, NDCG and AUC, on indices of the whole catalogue."""

import numpy as np

CUTOFFS = (10, 20)
AUC_NEGATIVES = 1000


def hits(ranked: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Return for each place of a ranking whether the item there is relevant."""
    return np.isin(ranked, relevant)


def recall(found: np.ndarray, relevant_count: int, k: int) -> float:
    """Return the share of all relevant items that stand on the first k places."""
    return float(found[:k].sum() / relevant_count)


def ndcg(found: np.ndarray, relevant_count: int, k: int) -> float:
    """Return the binary discounted gain of the first k places over the best one possible."""
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = discounts[: min(k, relevant_count)].sum()
    return float(discounts[: found[:k].size][found[:k]].sum() / ideal)


def auc(positives: np.ndarray, negatives: np.ndarray) -> float:
    """Return how often a positive's score beats a negative's; a tie counts half."""
    if negatives.size == 0:
        return float("nan")
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    not_above = np.searchsorted(ordered, positives, side="right")
    return float((below + not_above).mean() / (2 * negatives.size))


def sample_negatives(is_candidate: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Return up to 1,000 items drawn uniformly from those a mask allows."""
    allowed = np.flatnonzero(is_candidate)
    if allowed.size <= AUC_NEGATIVES:
        return allowed
    return allowed[np.random.default_rng(seed).integers(allowed.size, size=AUC_NEGATIVES)]
