"""Judge one set of parameters, window by window, so that a hopeless one can be left early."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from aisle.core.windows import Window
from training.dataset import Dataset, Snapshot
from training.differences import values
from training.evaluate import refit, truths
from training.gate_rules import MEASURES
from training.judge import judge
from training.models.base import CurvePoint
from training.recipes import Recipe, resolve
from training.sampling import sampled, stratified_sample
from training.split import Task, Truth
from training.tuning.spaces import with_values


@dataclass(frozen=True)
class Step:
    """How good a trial looks so far: after its choices, then after each window."""

    number: int
    value: float
    curves: tuple[CurvePoint, ...] = ()  # of the choices
    per_user: pd.DataFrame | None = None  # of all windows so far; None while only choices are made


def tried(recipe: Recipe, tries: dict[str, Any]) -> Recipe:
    """Return the recipe with other values for the parameters that are searched."""
    return replace(recipe, params=with_values(recipe.params, tries))


def steps(
    recipe: Recipe, snapshot: Snapshot, metric: str, *, users: int = 0, threads: int = 1
) -> Iterator[Step]:
    """Yield the metric after each window: as in a training, chosen once, fitted before each.

    Families that draw a curve of this metric while they choose yield its best value first. `users`
    is how many are judged, the same for every trial; 0 for all.
    """
    chosen_on = snapshot.windows.validation
    resolved, curves = resolve(
        recipe,
        snapshot.dataset(chosen_on.name),
        truths(snapshot, chosen_on),
        threads=threads,
    )
    on_curve = [point.value for point in curves if point.name == f"validation_{metric}"]
    if on_curve:
        yield Step(0, max(on_curve), tuple(curves))
    tables: list[pd.DataFrame] = []
    for number, window in enumerate(snapshot.windows.tests, start=1):
        dataset = snapshot.dataset(window.name)
        model = refit(resolved, dataset, threads=threads)
        judged = judge(model, _judged_truths(snapshot, window, dataset, users), dataset)
        tables.append(judged.per_user.assign(window=window.name))
        per_user = pd.concat(tables, ignore_index=True)
        yield Step(number, mean_over_users(per_user, metric), tuple(curves), per_user)


def _judged_truths(
    snapshot: Snapshot, window: Window, dataset: Dataset, users: int
) -> dict[Task, Truth]:
    """Return the truth of each task, of a stratified sample of so many users if asked for."""
    wanted = truths(snapshot, window)
    if not users:
        return wanted
    return {
        task: sampled(truth, stratified_sample(dataset, truth.users, users))
        for task, truth in wanted.items()
    }


def mean_over_users(per_user: pd.DataFrame, metric: str) -> float:
    """Return the mean over users of each one's mean over the windows."""
    return float(values({"trial": per_user}, MEASURES[metric])["trial"].mean())
