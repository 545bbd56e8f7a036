"""How many epochs are enough: the ranking of some users on the validation weeks decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.base import CurvePoint, Params
from training.models.lightfm_fit import Embeddings, Start, Vectors, fit_epochs
from training.models.lightfm_inputs import LightFMInputs
from training.models.stored import is_hiding_seen
from training.sampling import stratified_sample
from training.split import TASKS, Task, Truth

K = 10


class PoolScorer(Protocol):
    """Whatever scores a pool of items for users."""

    def scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return float32 scores, users x pool."""
        ...


@dataclass(frozen=True)
class Judged:
    """Some users of a task, the same after every epoch, and what they are to find."""

    truth: Truth
    users: np.ndarray  # indices, in order


def judged_sample(
    dataset: Dataset, truths: Mapping[Task, Truth], params: Params
) -> dict[Task, Judged]:
    """Return `validation_users` of each task, drawn within kinds of users."""
    count = int(params["validation_users"])
    return {
        task: Judged(truths[task], sample_users(dataset, truths[task], count)) for task in TASKS
    }


def choose_epochs(
    inputs: LightFMInputs,
    params: Params,
    judged: Mapping[Task, Judged],
    *,
    threads: int = 1,
    start: Start | None = None,
    keep: Callable[[Embeddings], None] | None = None,
) -> tuple[int, Vectors, list[CurvePoint]]:
    """Return the epoch that ranks best, the pool's vectors then, and all curves.

    What counts is "next", or "discovery" where items a user has met are hidden anyway. `keep` is
    given the embeddings of each epoch that is the best so far; the next epoch overwrites them.
    """
    decisive: Task = "discovery" if is_hiding_seen(params) else "next"
    item_rows = inputs.pool_rows
    epochs = fit_epochs(inputs, params, threads=threads, start=start)
    best_epoch, best_value, curves = 0, -1.0, []
    for epoch in range(1, int(params["max_epochs"]) + 1):
        embeddings = next(epochs)
        vectors = embeddings.vectors(inputs.user_rows, item_rows)
        for task in TASKS:
            value = mean_ndcg(vectors, inputs.pool, judged[task])
            curves.append(CurvePoint(f"validation_{task}_ndcg_at_{K}", epoch, value))
            if task == decisive and value > best_value:
                best_epoch, best_value, best = epoch, value, vectors
                if keep is not None:
                    keep(embeddings)
        if epoch - best_epoch >= int(params["patience"]):
            break
    return best_epoch, best, curves


def mean_ndcg(scorer: PoolScorer, pool: np.ndarray, judged: Judged) -> float:
    """Return the judged users' mean NDCG@10 over the pool's items."""
    truth, users = judged.truth, judged.users
    place = np.full(truth.relevant.shape[1], -1)
    place[pool] = np.arange(pool.size)
    if users.size == 0 or pool.size == 0:
        return 0.0
    scores = scorer.scores(users)
    if truth.seen is not None:
        for row, user in zip(scores, users, strict=True):
            seen = place[truth.seen[user].indices]
            row[seen[seen >= 0]] = -np.inf
    relevant = truth.relevant[users]
    found = hits(top_k_rows(scores, K), relevant[:, pool].toarray())
    return float(ndcg(found, np.diff(relevant.indptr), K).mean())


def sample_users(dataset: Dataset, truth: Truth, count: int) -> np.ndarray:
    """Return about `count` users with anything to find, always the same ones; all if so few.

    Each kind of user, by activity and by what they told, has the share it has among all of them:
    as in trials of `aisle tune --users` (training/sampling.py).
    """
    return stratified_sample(dataset, truth.users, count).users
