"""How many epochs are enough: the ranking of some users on the validation weeks decides."""

from collections.abc import Mapping

import numpy as np

from aisle.core.ranking import top_k
from training.metrics import hits, ndcg
from training.models.base import CurvePoint, Params
from training.models.lightfm_fit import Vectors, fit_epochs
from training.models.lightfm_inputs import LightFMInputs
from training.split import Task, Truth

K = 10
SEED = 0


def choose_epochs(
    inputs: LightFMInputs, params: Params, truths: Mapping[Task, Truth]
) -> tuple[int, Vectors, list[CurvePoint]]:
    """Return the epoch that ranks best for "next", the pool's vectors then, and all curves."""
    epochs, item_rows = fit_epochs(inputs, params), inputs.pool_rows
    best_epoch, best_value, curves = 0, -1.0, []
    for epoch in range(1, int(params["max_epochs"]) + 1):
        vectors = next(epochs).vectors(inputs.user_rows, item_rows)
        for task, truth in truths.items():
            value = mean_ndcg(vectors, inputs.pool, truth, int(params["validation_users"]))
            curves.append(CurvePoint(f"validation_{task}_ndcg_at_{K}", epoch, value))
            if task == "next" and value > best_value:
                best_epoch, best_value, best = epoch, value, vectors
        if epoch - best_epoch >= int(params["patience"]):
            break
    return best_epoch, best, curves


def mean_ndcg(vectors: Vectors, pool: np.ndarray, truth: Truth, user_count: int) -> float:
    """Return NDCG@10 over the pool's items for a fixed subsample of users."""
    users = sample_users(truth, user_count)
    place = np.full(truth.relevant.shape[1], -1)
    place[pool] = np.arange(pool.size)
    values = []
    for user, scores in zip(users, vectors.scores(users), strict=True):
        if truth.seen is not None:
            seen = place[truth.seen[user].indices]
            scores[seen[seen >= 0]] = -np.inf
        relevant = truth.relevant[user].indices
        found = hits(pool[top_k(scores, K)], relevant)
        values.append(ndcg(found, relevant.size, K))
    return float(np.mean(values)) if values else 0.0


def sample_users(truth: Truth, count: int) -> np.ndarray:
    """Return up to `count` users with anything to find, always the same ones."""
    return np.sort(np.random.default_rng(SEED).permutation(truth.users)[:count])
