"""Judge one rival of a training and show it in MLflow; a rerun picks up where a kill left it."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from aisle.core.clock import wall_clock
from aisle.core.errors import AisleError
from aisle.core.files import write_text
from aisle.core.settings import Settings
from training.bootstrap import Interval
from training.dataset import Snapshot, read_snapshot
from training.evaluate import Evaluation, evaluate_recipe
from training.folder import TrainingFolder, parent_run_id
from training.models.neural.checkpoint import checkpoints_in
from training.recipes import Recipe
from training.results import (
    RivalResult,
    flat_metrics,
    has_result,
    read_curves,
    read_result,
    write_result,
)
from training.revision import code_revision, revision_tags
from training.rivals import read_rivals
from training.starts import starting
from training.tracking import (
    RivalRecord,
    log_file,
    log_rival,
    milliseconds,
    open_tracker,
    snapshot_reference,
)

HEADLINES = ("next_ndcg_at_10", "newcomers_ndcg_at_10")

log = logging.getLogger(__name__)


def fit_rival(settings: Settings, folder: TrainingFolder, name: str) -> RivalResult:
    """Return how one recipe does on the test windows; its files and its MLflow run are complete."""
    recipe = read_rivals(folder).recipe(name)
    snapshot = read_snapshot(folder.snapshot)
    if has_result(folder, name, snapshot.snapshot_id):
        log.info("%s was already judged on snapshot %s", name, snapshot.snapshot_id)
    else:
        with checkpoints_in(folder.checkpoints(name)), starting(folder, recipe):
            judge_rival(folder, recipe, snapshot, threads=settings.threads)
    shutil.rmtree(folder.checkpoints(name), ignore_errors=True)
    result = read_result(folder, name)
    _show(settings, folder, result, snapshot)
    return result


def judge_rival(
    folder: TrainingFolder, recipe: Recipe, snapshot: Snapshot, *, threads: int = 1
) -> Evaluation:
    """Return how a recipe does on the test windows, written to the training's folder."""
    started_at = wall_clock()
    evaluation = evaluate_recipe(recipe, snapshot, threads=threads)
    result = RivalResult(
        recipe=recipe.name,
        family=recipe.family,
        params=evaluation.recipe.params,
        metrics=finite_metrics(recipe.name, evaluation),
        cost=evaluation.cost,
        snapshot_id=snapshot.snapshot_id,
        code_revision=code_revision(),
        started_at=started_at,
        ended_at=wall_clock(),
    )
    write_result(folder, result, evaluation)
    return evaluation


def finite_metrics(recipe: str, evaluation: Evaluation) -> dict[str, Interval]:
    """Return the metrics that have a value: a small shop may have no user to judge some on."""
    metrics = {name: value for name, value in evaluation.metrics.items() if np.isfinite(value.mean)}
    if not any(name in metrics for name in HEADLINES):
        raise AisleError(
            f"{recipe} cannot be judged: no user bought anything in the test windows, so none of "
            f"{', '.join(HEADLINES)} has a value. Load more recent orders, or shorten horizon_days "
            "in params.yaml."
        )
    return metrics


def first_headline(result: RivalResult) -> str:
    """Return the metric to show if there is room for one: of users with history if there are."""
    return next(name for name in HEADLINES if name in result.metrics)


def _show(
    settings: Settings, folder: TrainingFolder, result: RivalResult, snapshot: Snapshot
) -> None:
    tracker = open_tracker(settings)
    record = RivalRecord(
        params=dict(flat({"family": result.family, **result.params})),
        metrics=flat_metrics(result.metrics) | asdict(result.cost),
        curves=read_curves(folder, result.recipe),
        tags={"family": result.family, "snapshot_id": result.snapshot_id}
        | revision_tags(result.code_revision),
        snapshot=snapshot_reference(snapshot),
        started_ms=milliseconds(result.started_at),
        ended_ms=milliseconds(result.ended_at),
    )
    run_id = log_rival(tracker, parent_run_id(folder), folder.training_id, result.recipe, record)
    log_file(tracker, run_id, folder.rival(result.recipe) / "per_user.parquet")
    write_text(folder.rival(result.recipe) / "mlflow_run_id", run_id)


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested parameters under dotted names, as MLflow's comparison wants them."""
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
