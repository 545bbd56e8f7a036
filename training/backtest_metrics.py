"""The metrics of a backtest's lists, and the words by which anybody can compute them again."""

from dataclasses import asdict
from typing import Any

import numpy as np
from scipy import sparse

from training.bootstrap import mean_interval
from training.metrics import average_precision, ndcg

SHOWN = (5, 10, 20, 50, 100)  # as far as the lists reach, and always k itself


def list_metrics(ranked: np.ndarray, relevant: sparse.csr_matrix, k: int) -> dict[str, Any]:
    """Return the number of users with any truth, and means over them with 95% intervals.

    ranked: users x k item indices, -1 where a list is shorter · relevant: users x items, bool.
    """
    counts = np.diff(relevant.indptr)
    has_truth = np.flatnonzero(counts)
    if has_truth.size == 0:
        return {"users": 0, "metrics": {}}
    found = _hits(ranked[has_truth], relevant[has_truth])
    counts = counts[has_truth]
    measured: dict[str, np.ndarray] = {}
    for depth in sorted({k, *(depth for depth in SHOWN if depth < k)}):
        first = found[:, :depth]
        measured[f"recall_at_{depth}"] = first.sum(axis=1) / counts
        measured[f"ndcg_at_{depth}"] = ndcg(first, counts, depth)
        measured[f"map_at_{depth}"] = average_precision(first, counts)
        measured[f"precision_at_{depth}"] = first.sum(axis=1) / depth
        measured[f"hit_at_{depth}"] = (first.sum(axis=1) > 0).astype(float)
    metrics = {name: asdict(mean_interval(values)) for name, values in measured.items()}
    return {"users": int(has_truth.size), "metrics": metrics}


def _hits(ranked: np.ndarray, relevant: sparse.csr_matrix) -> np.ndarray:
    """Return for each place of each list whether its item is relevant."""
    rows = np.repeat(np.arange(ranked.shape[0]), ranked.shape[1])
    found = np.asarray(relevant[rows, np.maximum(ranked, 0).ravel()]).reshape(ranked.shape)
    hits: np.ndarray = found.astype(bool) & (ranked >= 0)
    return hits


def definitions(kind: str) -> dict[str, str]:
    """Return how everything in metrics.json is counted."""
    return {
        "interaction": f"an event {kind!r} that names the user and the item",
        "history": "interactions before `cutoff` that were known by then: not what came late",
        "listed users": "users with at least one interaction in the history",
        "universe": "every item of the catalogue, and every item that any event names",
        "truth of next": "the distinct items of a user's interactions from `cutoff` (inclusive) to "
        "`truth_until` (exclusive)",
        "truth of discovery": "the same without the items of the user's history; lists of "
        "discovery hold no such item",
        "users of a task": "listed users whose truth of the task is not empty; means are over them",
        "recall_at_k": "hits among the first k items / number of items in the truth",
        "ndcg_at_k": "sum of 1 / log2(1 + rank) over hits among the first k, divided by the same "
        "sum of min(k, items in the truth) hits at the top (trec_eval's ndcg_cut_k)",
        "map_at_k": "sum of the precisions at the hits among the first k / items in the truth",
        "precision_at_k": "hits among the first k / k",
        "hit_at_k": "1 if there is a hit among the first k, else 0",
        "low, high": "95% percentile bootstrap over users, 1,000 resamples, fixed seed",
    }
