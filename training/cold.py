"""How the leading rivals of a training do where users, items or a visit are new to the shop.

Cheap on purpose: one fit a rival, on the last window without a tenth of the users and of the items,
answers for all three tasks. The gate does not look at it.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from aisle.core.clock import wall_clock
from aisle.core.files import new_folder, write_json
from training.bootstrap import Interval, mean_interval
from training.compare import Comparison
from training.dataset import Snapshot, read_snapshot
from training.evaluate import refit
from training.folder import TrainingFolder, read_json
from training.folds import FOLDS, Fold, cold_folds
from training.gate_rules import Measure
from training.judge import PER_USER_METRICS, judge
from training.metrics import RANK_METRICS
from training.models.base import Recommender
from training.recipes import Recipe
from training.results import read_result
from training.segments import NEW
from training.sessions import SESSION_METRICS, Question, judge_sessions, session_questions
from training.split import COLD_ITEMS, COLD_USERS

LEADING = 3  # rivals that are judged so
COLD_PER_USER = "cold_per_user.parquet"
NEXT_IN_SESSION = "next_in_session"
COLD_TASKS = (COLD_USERS, COLD_ITEMS, NEXT_IN_SESSION)
METRICS = {
    task: SESSION_METRICS if task == NEXT_IN_SESSION else PER_USER_METRICS for task in COLD_TASKS
}
MEASURES = [
    Measure(f"{task}_{metric}", task, metric)
    for task in COLD_TASKS
    for metric in METRICS[task]
    if metric in RANK_METRICS  # what a list hit: everybody asked has a value
]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ColdResult:
    """What one rival showed. Metrics are named like `cold_users_ndcg_at_10`."""

    recipe: str
    snapshot_id: str
    metrics: Mapping[str, Interval]
    users: Mapping[str, int]  # judged on each task
    seconds: float  # the fit and all answers
    judged_at: datetime


def leading(comparison: Comparison, most: int = LEADING) -> list[str]:
    """Return the best rival, the one that stands for the champion, and the next best."""
    first = [comparison.best, comparison.champion_recipe]
    others = [rival.recipe for rival in comparison.rivals]
    names = dict.fromkeys(name for name in [*first, *others] if name is not None)
    return list(names)[:most]


def judge_cold(
    folder: TrainingFolder, comparison: Comparison, *, most: int = LEADING, threads: int = 1
) -> list[ColdResult]:
    """Return how the leading rivals did, written to the training's folder; kept where it was."""
    snapshot = read_snapshot(folder.snapshot)
    waiting = [name for name in leading(comparison, most) if not _is_judged(folder, name, snapshot)]
    if waiting:
        fold = cold_fold(snapshot)
        questions = session_questions(snapshot, fold)
        for name in waiting:
            result = read_result(folder, name)
            recipe = Recipe(result.recipe, result.family, result.params)
            _judge_rival(folder, recipe, snapshot, (fold, questions), threads)
    return read_cold_of(folder, comparison)


def cold_fold(snapshot: Snapshot) -> Fold:
    """Return the first fold of users and items of the last window; a tiny shop has fewer folds."""
    folds = min(FOLDS, max(2, min(snapshot.user_ids.size, snapshot.item_ids.size)))
    return next(cold_folds(snapshot, snapshot.windows.tests[-1], folds=folds))


def answers(model: Recommender, fold: Fold, questions: list[Question]) -> pd.DataFrame:
    """Return what the model was worth to each user by task, as a rival's `per_user` table.

    Held-out users are asked for the rest of a basket or visit of theirs, too.
    """
    asked = judge_sessions(model, questions).assign(task=NEXT_IN_SESSION, segment=NEW)
    tables = [judge(model, fold.truths, fold.dataset).per_user, asked]
    rows = pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
    columns = ["window", "task", "user_id", "segment", *PER_USER_METRICS]
    return rows.assign(window=fold.window.name).reindex(columns=columns)


def cold_metrics(per_user: pd.DataFrame) -> dict[str, Interval]:
    """Return means over users with intervals, of all that has a value."""
    found = {
        f"{task}_{metric}": mean_interval(
            per_user.loc[per_user["task"] == task, metric].to_numpy(dtype=float)
        )
        for task, metrics in METRICS.items()
        for metric in metrics
    }
    return {name: value for name, value in found.items() if np.isfinite(value.mean)}


def _judge_rival(
    folder: TrainingFolder,
    recipe: Recipe,
    snapshot: Snapshot,
    asked: tuple[Fold, list[Question]],
    threads: int,
) -> None:
    fold, questions = asked
    started = time.perf_counter()
    per_user = answers(refit(recipe, fold.dataset, threads=threads), fold, questions)
    counts = per_user["task"].value_counts()
    result = ColdResult(
        recipe=recipe.name,
        snapshot_id=snapshot.snapshot_id,
        metrics=cold_metrics(per_user),
        users={task: int(counts.get(task, 0)) for task in COLD_TASKS},
        seconds=time.perf_counter() - started,
        judged_at=wall_clock(),
    )
    with new_folder(folder.cold(recipe.name)) as draft:
        write_json(draft / "cold.json", asdict(result))
        per_user.to_parquet(draft / COLD_PER_USER, index=False)
    log.info("%s where all is new: %.1f s", recipe.name, result.seconds)


def _is_judged(folder: TrainingFolder, name: str, snapshot: Snapshot) -> bool:
    found = read_cold(folder, name)
    return found is not None and found.snapshot_id == snapshot.snapshot_id


def read_cold(folder: TrainingFolder, recipe: str) -> ColdResult | None:
    """Return what `aisle train cold` found for a rival; None if it was not judged so."""
    path = folder.cold(recipe) / "cold.json"
    if not path.is_file():
        return None
    content: dict[str, Any] = read_json(path, made_by="aisle train cold")
    metrics = {name: Interval(**bounds) for name, bounds in content.pop("metrics").items()}
    judged_at = datetime.fromisoformat(content.pop("judged_at"))
    return ColdResult(metrics=metrics, judged_at=judged_at, **content)


def read_cold_of(folder: TrainingFolder, comparison: Comparison) -> list[ColdResult]:
    """Return what was found on this comparison's snapshot, the best rival first."""
    found = [read_cold(folder, rival.recipe) for rival in comparison.rivals]
    return [one for one in found if one and one.snapshot_id == comparison.snapshot_id]


def read_cold_per_user(folder: TrainingFolder, recipe: str) -> pd.DataFrame | None:
    """Return what a rival was worth to each user; None if it was not judged so."""
    path = folder.cold(recipe) / COLD_PER_USER
    return pd.read_parquet(path) if path.is_file() else None
