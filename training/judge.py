"""Judge one fitted model on one window: metrics of every user who has anything to find."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisle.core.ranking import top_k, top_k_rows
from training.dataset import Dataset
from training.list_metrics import LIST_METRICS, ItemTraits, item_traits, list_metrics
from training.metrics import CUTOFFS, RANK_METRICS, auc, hits, rank_metrics, sample_negatives
from training.models.base import Recommender
from training.segments import segments
from training.split import Task, Truth

BATCH_USERS = 256
SEED = 0
LONGEST = max(CUTOFFS)
DEPTH = 400  # how far down a ranking new items are looked for before all of it is ranked
PER_USER_METRICS = [*RANK_METRICS, *LIST_METRICS, "auc"]
PER_USER_KEYS = ["task", "user_id", "segment"]


@dataclass(frozen=True)
class Judged:
    """What one model showed on one window."""

    per_user: pd.DataFrame  # PER_USER_KEYS, PER_USER_METRICS
    coverage: Mapping[str, float]  # such as next_coverage_at_20: share of the catalogue shown


def judge(model: Recommender, truth_by_task: Mapping[Task, Truth], dataset: Dataset) -> Judged:
    """Return how `model`, fitted on `dataset`, ranks what users did buy afterwards."""
    traits = item_traits(dataset)
    users = np.unique(np.concatenate([truth.users for truth in truth_by_task.values()]))
    user_segments = segments(dataset, users)
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
            asked = _Asked(truth, batch[places], scores[places], deep[places])
            ranked = _ranked(asked)
            for k in CUTOFFS:
                shown[task, k][ranked[:, :k][ranked[:, :k] >= 0]] = True
            keys = {
                "task": task,
                "user_id": model.user_ids[asked.users],
                "segment": user_segments[asked.users],
            }
            table = pd.DataFrame({**keys, **_measure(asked, ranked, traits)})
            parts.append(table[[*PER_USER_KEYS, *PER_USER_METRICS]])
    per_user = pd.concat(parts, ignore_index=True) if parts else _nobody()
    coverage = {
        f"{task}_coverage_at_{k}": float(items.mean()) for (task, k), items in shown.items()
    }
    return Judged(per_user, coverage)


@dataclass(frozen=True)
class _Asked:
    """Some users who have anything to find, and how a model scores all items for them."""

    truth: Truth
    users: np.ndarray
    scores: np.ndarray  # users x items
    deep: np.ndarray  # users x DEPTH: the best items, -1 where there are fewer


def _batches(users: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, users.size, BATCH_USERS):
        yield users[start : start + BATCH_USERS]


def _ranked(asked: _Asked) -> np.ndarray:
    """Return the best candidates of each user: items already met are none in discovery."""
    if asked.truth.seen is None:
        return asked.deep[:, :LONGEST]
    ranked = np.full((asked.users.size, LONGEST), -1, dtype=np.intp)
    for place, user in enumerate(asked.users):
        seen = asked.truth.seen[user].indices
        deep = asked.deep[place]
        new = deep[~np.isin(deep, seen) & (deep >= 0)]
        if new.size < LONGEST:
            scores = asked.scores[place].copy()
            scores[seen] = -np.inf
            new = top_k(scores, LONGEST)
        ranked[place, : min(new.size, LONGEST)] = new[:LONGEST]
    return ranked


def _measure(asked: _Asked, ranked: np.ndarray, traits: ItemTraits) -> dict[str, np.ndarray]:
    """Return every metric of PER_USER_METRICS for each user."""
    relevant = asked.truth.relevant[asked.users]
    is_relevant = relevant.toarray()
    found = hits(ranked, is_relevant)
    measured = rank_metrics(found, np.diff(relevant.indptr)) | list_metrics(ranked, traits)
    measured["auc"] = np.array(
        [_auc(asked, place, is_relevant[place]) for place in range(asked.users.size)]
    )
    return measured


def _auc(asked: _Asked, place: int, is_relevant: np.ndarray) -> float:
    user, scores = int(asked.users[place]), asked.scores[place]
    is_negative = ~is_relevant
    if asked.truth.seen is not None:
        is_negative[asked.truth.seen[user].indices] = False
    return auc(scores[is_relevant], scores[sample_negatives(is_negative, (SEED, user))])


def _nobody() -> pd.DataFrame:
    """Return the table of no user."""
    numbers = dict.fromkeys(PER_USER_METRICS, pd.Series(dtype=float))
    return pd.DataFrame({**dict.fromkeys(PER_USER_KEYS, pd.Series(dtype=object)), **numbers})
