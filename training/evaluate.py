"""Judge a recipe: choose on validation, fit before the test cutoff, score the weeks after it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisle.core.ranking import top_k
from training.bootstrap import Interval, mean_interval
from training.dataset import Dataset, Snapshot
from training.metrics import CUTOFFS, auc, hits, ndcg, recall, sample_negatives
from training.models.base import CurvePoint, Recommender
from training.models.families import build
from training.recipes import Recipe, resolve
from training.split import TASKS, Task, Truth, Window

BATCH_USERS = 256
SEED = 0
PER_USER_METRICS = [f"{name}_at_{k}" for name in ("recall", "ndcg") for k in CUTOFFS] + ["auc"]


@dataclass(frozen=True)
class Evaluation:
    """What one rival showed on the test weeks. Metrics are named like `next_ndcg_at_10`."""

    recipe: Recipe  # resolved
    per_user: pd.DataFrame  # task, user_id, recall_at_10, recall_at_20, ndcg_at_10, ndcg_at_20, auc
    metrics: dict[str, Interval]
    curves: list[CurvePoint]
    fit_seconds: float
    score_seconds: float


def evaluate_recipe(recipe: Recipe, snapshot: Snapshot) -> Evaluation:
    """Return how `recipe` did: chosen on validation, fitted before the test cutoff, then judged."""
    started = time.perf_counter()
    validation = truths(snapshot, snapshot.windows.validation)
    resolved, curves = resolve(recipe, snapshot.dataset("validation"), validation)
    model = refit(resolved, snapshot.dataset("test"))
    fitted = time.perf_counter()
    per_user, metrics = judge(model, truths(snapshot, snapshot.windows.test))
    judged = time.perf_counter()
    return Evaluation(resolved, per_user, metrics, curves, fitted - started, judged - fitted)


def refit(recipe: Recipe, dataset: Dataset) -> Recommender:
    """Return a model of a resolved recipe fitted on `dataset`."""
    return build(recipe.family, recipe.params).fit(dataset)


def truths(snapshot: Snapshot, window: Window) -> dict[Task, Truth]:
    """Return the truth of each task in one window."""
    return {task: snapshot.truth(window, task) for task in TASKS}


def judge(
    model: Recommender, truth_by_task: Mapping[Task, Truth]
) -> tuple[pd.DataFrame, dict[str, Interval]]:
    """Return metrics per task and user, and their means with bootstrap intervals."""
    rows: list[dict[str, object]] = []
    shown: dict[Task, np.ndarray] = {
        task: np.zeros(model.item_ids.size, dtype=bool) for task in truth_by_task
    }
    users = np.unique(np.concatenate([truth.users for truth in truth_by_task.values()]))
    for start in range(0, users.size, BATCH_USERS):
        batch = users[start : start + BATCH_USERS]
        scores = model.score(list(model.user_ids[batch]))
        for task, truth in truth_by_task.items():
            for user, row in zip(batch, scores, strict=True):
                judged = _judge_user(truth, int(user), row, shown[task])
                if judged:
                    rows.append({"task": task, "user_id": model.user_ids[user], **judged})
    per_user = pd.DataFrame(rows, columns=["task", "user_id", *PER_USER_METRICS])
    return per_user, _summary(per_user, shown)


def _judge_user(truth: Truth, user: int, scores: np.ndarray, shown: np.ndarray) -> dict[str, float]:
    """Return one user's metrics, empty without truth; marks what was shown in `shown`."""
    relevant = truth.relevant[user].indices
    if relevant.size == 0:
        return {}
    is_candidate = np.ones(scores.size, dtype=bool)
    if truth.seen is not None:
        is_candidate[truth.seen[user].indices] = False
        scores = np.where(is_candidate, scores, np.float32(-np.inf))
    best = top_k(scores, max(CUTOFFS))
    shown[best] = True
    found = hits(best, relevant)
    is_candidate[relevant] = False
    negatives = sample_negatives(is_candidate, (SEED, user))
    measured = {f"recall_at_{k}": recall(found, relevant.size, k) for k in CUTOFFS}
    measured |= {f"ndcg_at_{k}": ndcg(found, relevant.size, k) for k in CUTOFFS}
    return {**measured, "auc": auc(scores[relevant], scores[negatives])}


def _summary(per_user: pd.DataFrame, shown: Mapping[Task, np.ndarray]) -> dict[str, Interval]:
    """Return the mean over users of every metric, and how much of the catalogue was shown at 20.

    Coverage belongs to the set of all lists and is no mean over users: its bounds are itself.
    """
    metrics = {}
    for task, was_shown in shown.items():
        rows = per_user[per_user["task"] == task]
        for name in PER_USER_METRICS:
            metrics[f"{task}_{name}"] = mean_interval(rows[name].to_numpy(dtype=float))
        coverage = float(was_shown.mean())
        metrics[f"{task}_coverage_at_{max(CUTOFFS)}"] = Interval(coverage, coverage, coverage)
    return metrics
