"""Judge a recipe: choose on validation, then for each test window fit before it and score it."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from aisle.core.windows import Window
from training.bootstrap import Interval
from training.cost import Cost, folder_bytes, peak_memory_bytes
from training.dataset import Dataset, Snapshot
from training.examples import example_lists
from training.headline import headline, mean_coverage
from training.judge import Judged, judge
from training.models.base import CurvePoint, Recommender
from training.models.families import build
from training.recipes import Recipe, resolve
from training.split import JUDGED, Task, Truth


@dataclass(frozen=True)
class Evaluation:
    """What one rival showed on the test windows. Metrics are named like `next_ndcg_at_10`."""

    recipe: Recipe  # resolved
    per_user: pd.DataFrame  # window, task, user_id, segment, recall_at_10, …: a row per window
    metrics: dict[str, Interval]
    curves: list[CurvePoint]
    cost: Cost
    examples: list[dict[str, Any]] = field(default_factory=list)  # of the last window


@dataclass(frozen=True)
class Turn:
    """One test window's outcome."""

    judged: Judged
    fit_seconds: float
    score_seconds: float
    artifact_bytes: int
    examples: list[dict[str, Any]] = field(default_factory=list)  # some users' lists


def evaluate_recipe(recipe: Recipe, snapshot: Snapshot, *, threads: int = 1) -> Evaluation:
    """Return how `recipe` did: chosen once on validation, fitted and judged on each test window."""
    started = time.perf_counter()
    validation = truths(snapshot, snapshot.windows.validation)
    resolved, curves = resolve(recipe, snapshot.dataset("validation"), validation, threads=threads)
    choose_seconds = time.perf_counter() - started
    turns = [
        judge_window(resolved, snapshot, window, threads=threads)
        for window in snapshot.windows.tests
    ]
    per_user = _all_windows(snapshot.windows.tests, turns)
    coverage = mean_coverage([turn.judged.coverage for turn in turns])
    return Evaluation(
        recipe=resolved,
        per_user=per_user,
        metrics=headline(per_user) | coverage,
        curves=curves,
        cost=_cost(choose_seconds, turns),
        examples=turns[-1].examples,
    )


def refit(recipe: Recipe, dataset: Dataset, *, threads: int = 1) -> Recommender:
    """Return a model of a resolved recipe fitted on `dataset`."""
    return build(recipe.family, recipe.params, threads=threads).fit(dataset)


def truths(snapshot: Snapshot, window: Window) -> dict[Task, Truth]:
    """Return the truth of each task in one window."""
    return {task: snapshot.truth(window, task) for task in JUDGED}


def judge_window(recipe: Recipe, snapshot: Snapshot, window: Window, *, threads: int = 1) -> Turn:
    """Return how a resolved recipe does on one window, fitted on what was known before it."""
    started = time.perf_counter()
    dataset = snapshot.dataset(window.name)
    model = refit(recipe, dataset, threads=threads)
    fitted = time.perf_counter()
    wanted = truths(snapshot, window)
    judged = judge(model, wanted, dataset)
    ended = time.perf_counter()
    examples = example_lists(model, wanted, dataset)
    with tempfile.TemporaryDirectory() as private:
        artifact_bytes = folder_bytes(model.save(Path(private) / "model"))
    return Turn(judged, fitted - started, ended - fitted, artifact_bytes, examples)


def _all_windows(windows: Sequence[Window], turns: Sequence[Turn]) -> pd.DataFrame:
    """Return the per-user tables of all windows as one."""
    named = zip(windows, turns, strict=True)
    tables = [turn.judged.per_user.assign(window=window.name) for window, turn in named]
    rows = pd.concat(tables, ignore_index=True)
    return rows[["window", *rows.columns.drop("window")]]


def _cost(choose_seconds: float, turns: Sequence[Turn]) -> Cost:
    """Return what a rival costs: seconds per window, the last window's artifact, peak memory."""
    return Cost(
        choose_seconds=choose_seconds,
        fit_seconds=sum(turn.fit_seconds for turn in turns) / len(turns),
        score_seconds=sum(turn.score_seconds for turn in turns) / len(turns),
        peak_memory_bytes=peak_memory_bytes(),
        artifact_bytes=turns[-1].artifact_bytes,
    )
