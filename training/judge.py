"""Judge one fitted model on one window: metrics of every user who has anything to find."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisle.core.ranking import top_k_rows
from training.asked import Asked
from training.dataset import Dataset
from training.list_metrics import LIST_METRICS, ItemTraits, item_traits, list_metrics
from training.metrics import CUTOFFS, RANK_METRICS, rank_metrics
from training.models.base import Recommender
from training.segments import segments
from training.split import Task, Truth
from training.taste_metrics import TASTE_METRICS, Tastes, taste_metrics, tastes

BATCH_USERS = 256
DEPTH = 400  # how far down a ranking new items are looked for before all of it is ranked
PER_USER_METRICS = [*RANK_METRICS, *LIST_METRICS, *TASTE_METRICS, "auc"]
PER_USER_KEYS = ["task", "user_id", "segment"]


@dataclass(frozen=True)
class Judged:
    """What one model showed on one window."""

    per_user: pd.DataFrame  # PER_USER_KEYS, PER_USER_METRICS
    coverage: Mapping[str, float]  # such as next_coverage_at_20: share of the catalogue shown


@dataclass(frozen=True)
class _Known:
    """What was known before the window, to measure lists by."""

    traits: ItemTraits
    tastes: Tastes
    segments: np.ndarray  # users


def judge(model: Recommender, truth_by_task: Mapping[Task, Truth], dataset: Dataset) -> Judged:
    """Return how `model`, fitted on `dataset`, ranks what users did buy afterwards."""
    users = np.unique(np.concatenate([truth.users for truth in truth_by_task.values()]))
    known = _Known(item_traits(dataset), tastes(dataset), segments(dataset, users))
    shown = {
        (task, k): np.zeros(model.item_ids.size, dtype=bool)
        for task in truth_by_task
        for k in CUTOFFS
    }
    parts = []
    for batch in _batches(users):
        scores = model.score(list(model.user_ids[batch]))
        deep = top_k_rows(scores, DEPTH)
        for task, truth in truth_by_task.items():
            places = np.flatnonzero(np.diff(truth.relevant.indptr)[batch])
            if places.size == 0:
                continue
            asked = Asked(truth, batch[places], places, scores, deep)
            ranked = asked.ranked()
            for k in CUTOFFS:
                shown[task, k][ranked[:, :k][ranked[:, :k] >= 0]] = True
            keys = {
                "task": task,
                "user_id": model.user_ids[asked.users],
                "segment": known.segments[asked.users],
            }
            table = pd.DataFrame({**keys, **_measure(asked, ranked, known)})
            parts.append(table[[*PER_USER_KEYS, *PER_USER_METRICS]])
    per_user = pd.concat(parts, ignore_index=True) if parts else _nobody()
    coverage = {
        f"{task}_coverage_at_{k}": float(items.mean()) for (task, k), items in shown.items()
    }
    return Judged(per_user, coverage)


def _batches(users: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, users.size, BATCH_USERS):
        yield users[start : start + BATCH_USERS]


def _measure(asked: Asked, ranked: np.ndarray, known: _Known) -> dict[str, np.ndarray]:
    """Return every metric of PER_USER_METRICS for each user."""
    counts = np.diff(asked.truth.relevant.indptr)[asked.users]
    return {
        **rank_metrics(asked.found(ranked), counts),
        **list_metrics(ranked, known.traits),
        **taste_metrics(ranked, asked.users, known.tastes),
        "auc": asked.auc(),
    }


def _nobody() -> pd.DataFrame:
    """Return the table of no user."""
    numbers = dict.fromkeys(PER_USER_METRICS, pd.Series(dtype=float))
    return pd.DataFrame({**dict.fromkeys(PER_USER_KEYS, pd.Series(dtype=object)), **numbers})
