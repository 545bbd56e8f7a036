"""Judged runs against the first of them, user by user, by task and segment."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from training.bootstrap import Interval, mean_interval
from training.cold import COLD_PER_USER, COLD_TASKS, read_cold, read_cold_per_user
from training.cold import MEASURES as COLD_MEASURES
from training.compare import read_comparison
from training.cost import Cost
from training.differences import differences, values
from training.folder import TrainingFolder, training_folder, trainings_here
from training.gate_rules import COMPARED, Measure, measures_of
from training.metrics import RANK_METRICS
from training.results import read_per_user, read_result
from training.tracking import open_tracker

if TYPE_CHECKING:
    from mlflow.entities import Run

    from training.tracking import Tracker

MLFLOW_ID = re.compile(r"[0-9a-f]{32}")
PER_USER = "per_user.parquet"
METRIC = "ndcg_at_10"
METRICS = tuple(dict.fromkeys([*COMPARED, *RANK_METRICS]))  # those of the gate first
MEASURES = [*measures_of(METRICS).values(), *COLD_MEASURES]


@dataclass(frozen=True)
class JudgedRun:
    """One recipe as judged in one training."""

    name: str  # training:recipe
    snapshot_id: str
    per_user: pd.DataFrame  # with what it did where all is new, if it was judged so
    cost: Cost


@dataclass(frozen=True)
class Row:
    """One task, or one segment of it: each run's mean, and its difference to the first run."""

    measure: Measure
    users: int
    means: Mapping[str, Interval]
    differences: Mapping[str, Interval]  # bounds hold for all pairs of runs at once


@dataclass(frozen=True)
class PairedComparison:
    """Runs that were judged on the same snapshot; differences are to the reference."""

    snapshot_id: str
    reference: str
    costs: Mapping[str, Cost]
    rows: list[Row]

    @property
    def document(self) -> dict[str, Any]:
        """The comparison as JSON content."""
        return asdict(self)


def compare_runs(
    settings: Settings, names: Sequence[str], metric: str = METRIC
) -> PairedComparison:
    """Return how runs differ from the first one.

    A name is an MLflow run id, a training id, or `training:recipe`. A training stands for its best
    rival; alone, for all of them. Runs of different snapshots are refused.
    """
    runs = [run for name in names for run in _judged(settings, name, is_alone=len(names) == 1)]
    by_name = {run.name: run for run in runs}
    if len(by_name) < 2:
        raise AisleError(
            f"There is nothing to compare {', '.join(by_name)} with: name at least two "
            "runs, or one training of several rivals."
        )
    _refuse_other_snapshots(list(by_name.values()))
    reference = runs[0].name
    per_user = {name: run.per_user for name, run in by_name.items()}
    return PairedComparison(
        snapshot_id=runs[0].snapshot_id,
        reference=reference,
        costs={name: run.cost for name, run in by_name.items()},
        rows=_rows(per_user, _measures(metric), reference),
    )


def _measures(metric: str) -> list[Measure]:
    found = [measure for measure in MEASURES if measure.metric == metric]
    if not found:
        raise AisleError(
            f"--metric {metric!r} cannot be compared: take one of {', '.join(METRICS)}."
        )
    return found


def _rows(
    per_user: Mapping[str, pd.DataFrame], measures: Sequence[Measure], reference: str
) -> list[Row]:
    """Return a row for each measure that more than one user was judged on.

    Only leading rivals are judged where all is new: of the others such rows say nothing, and there
    is none where the reference was not.
    """
    rows = []
    for measure in measures:
        judged = _judged_on(per_user, measure)
        if reference not in judged or (len(judged) < 2 and measure.task in COLD_TASKS):
            continue
        paired = differences(judged, [measure], reference)[measure.name]
        if paired.by_rival:
            table = values(judged, measure)
            means = {str(name): mean_interval(table[name].to_numpy(float)) for name in table}
            rows.append(Row(measure, paired.users, means, paired.by_rival))
    return rows


def _judged_on(per_user: Mapping[str, pd.DataFrame], measure: Measure) -> dict[str, pd.DataFrame]:
    """Return the tables of the runs that were judged on a measure; on most, all were."""
    if measure.task not in COLD_TASKS:
        return dict(per_user)
    return {name: rows for name, rows in per_user.items() if (rows["task"] == measure.task).any()}


def _judged(settings: Settings, name: str, *, is_alone: bool) -> list[JudgedRun]:
    """Return the runs that a name stands for."""
    training_id, _, recipe = name.partition(":")
    folder = training_folder(settings, training_id)
    if folder.root.is_dir():
        return [_on_disk(folder, one) for one in _recipes(folder, recipe, is_alone)]
    if not MLFLOW_ID.fullmatch(name):
        raise AisleError(
            f"{name!r} is neither a training here ({trainings_here(settings)}), nor "
            "training:recipe, nor the id of an MLflow run."
        )
    return _in_mlflow(settings, name, is_alone)


def _recipes(folder: TrainingFolder, recipe: str, is_alone: bool) -> list[str]:
    if recipe:
        return [recipe]
    comparison = read_comparison(folder)
    return [rival.recipe for rival in comparison.rivals] if is_alone else [comparison.best]


def _on_disk(folder: TrainingFolder, recipe: str) -> JudgedRun:
    result = read_result(folder, recipe)
    cold = read_cold(folder, recipe)
    is_same = cold is not None and cold.snapshot_id == result.snapshot_id
    also = read_cold_per_user(folder, recipe) if is_same else None
    per_user = _both(read_per_user(folder, recipe), also)
    return JudgedRun(f"{folder.training_id}:{recipe}", result.snapshot_id, per_user, result.cost)


def _in_mlflow(settings: Settings, run_id: str, is_alone: bool) -> list[JudgedRun]:
    """Return the judged runs that an MLflow run stands for: itself, or a training's rivals."""
    from mlflow.exceptions import MlflowException

    tracker = open_tracker(settings)
    try:
        run = tracker.client.get_run(run_id)
    except MlflowException as error:
        raise AisleError(f"MLflow at {settings.tracking_address} has no run {run_id}.") from error
    kind = run.data.tags.get("kind")
    if kind == "rival":
        return [_logged(tracker, run)]
    if kind != "training":
        raise AisleError(f"MLflow run {run_id} is of no training and of no rival in one.")
    query = f"tags.`mlflow.parentRunId` = '{run_id}' and tags.kind = 'rival'"
    rivals = tracker.client.search_runs([tracker.experiment_id], query)
    first = [one for one in rivals if one.data.tags.get("rank", "").startswith("1 of ")]
    if not first:
        raise AisleError(
            f"Training {run.data.tags.get('training_id')} was not compared yet: run `aisle train "
            "compare` for it, or name its rivals' runs."
        )
    others = [one for one in rivals if one not in first]
    return [_logged(tracker, one) for one in (first + others if is_alone else first)]


def _logged(tracker: "Tracker", run: "Run") -> JudgedRun:
    """Return a rival's run with what it was worth to each user, from its artifacts."""
    from mlflow.exceptions import MlflowException

    tags, metrics = run.data.tags, run.data.metrics
    name = f"{tags['training_id']}:{tags['recipe']}"
    with tempfile.TemporaryDirectory() as private:
        try:
            path = tracker.client.download_artifacts(run.info.run_id, PER_USER, private)
            per_user = _both(pd.read_parquet(Path(path)), _cold_logged(tracker, run, private))
        except (MlflowException, OSError) as error:
            raise AisleError(
                f"The run of {name} has no {PER_USER}, which pairs its users with others': judge "
                "it again (`aisle train fit`)."
            ) from error
    cost = Cost(**{field: metrics[field] for field in Cost.__dataclass_fields__})
    return JudgedRun(name, tags["snapshot_id"], per_user, cost)


def _cold_logged(tracker: "Tracker", run: "Run", folder: str) -> pd.DataFrame | None:
    """Return what a run did where all is new, from its artifacts; None if it was not judged so."""
    names = {file.path for file in tracker.client.list_artifacts(run.info.run_id)}
    if COLD_PER_USER not in names:
        return None
    return pd.read_parquet(
        Path(tracker.client.download_artifacts(run.info.run_id, COLD_PER_USER, folder))
    )


def _both(known: pd.DataFrame, cold: pd.DataFrame | None) -> pd.DataFrame:
    return known if cold is None else pd.concat([known, cold], ignore_index=True)


def _refuse_other_snapshots(runs: Sequence[JudgedRun]) -> None:
    if len({run.snapshot_id for run in runs}) == 1:
        return
    listed = ", ".join(f"{run.name} on {run.snapshot_id}" for run in runs)
    raise AisleError(
        f"These runs were judged on different snapshots ({listed}), so their users' purchases are "
        "not the same and cannot be paired: judge the recipes in one training (`aisle train "
        "recipes --lineup all`), or compare runs of the same data."
    )
