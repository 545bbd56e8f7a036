"""Show a training on MLflow's experiment page: who was compared, who won and why."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from aisle.core.errors import NothingToDo
from aisle.core.files import write_text
from aisle.core.settings import Settings
from training.cold import COLD_PER_USER, ColdResult
from training.compare import Comparison
from training.dataset import Snapshot, read_snapshot
from training.folder import TrainingFolder, parent_run_id
from training.gate import KEEP, REFRESH, Decision, decision_on
from training.gate_checks import failures
from training.gate_rules import RULES
from training.html_report import write_report
from training.params import PARAMS
from training.plot import draw
from training.results import flat_metrics, read_result
from training.revision import code_revision, revision_tags
from training.tables import checks_rows, checks_table, comparison_rows, markdown_table
from training.tracking import (
    Tracker,
    describe,
    end_run,
    fail_run,
    log_file,
    log_metrics,
    log_params,
    log_tables,
    milliseconds,
    open_tracker,
    parent_run,
    set_tags,
    snapshot_reference,
)
from training.wording import title

log = logging.getLogger(__name__)


def open_training(settings: Settings, folder: TrainingFolder) -> str:
    """Return the id of the MLflow run that stands for this training, made if it is missing."""
    snapshot = read_snapshot(folder.snapshot)
    tags = {"snapshot_id": snapshot.snapshot_id} | revision_tags(code_revision())
    tracker = open_tracker(settings)
    run_id = parent_run(tracker, folder.training_id, tags, snapshot_reference(snapshot))
    log_params(tracker, run_id, window_params(snapshot))
    log_file(tracker, run_id, PARAMS)
    log_file(tracker, run_id, RULES)
    write_text(folder.parent_run, run_id)
    return run_id


def window_params(snapshot: Snapshot) -> dict[str, Any]:
    """Return what a training looked at: the kind of interaction, and its windows."""
    cutoffs = {f"cutoff_{name}": at.isoformat() for name, at in snapshot.windows.cutoffs.items()}
    hours = snapshot.windows.horizon.total_seconds() / 3600
    return {"interactions": snapshot.kind, "horizon_hours": hours, **cutoffs}


@contextmanager
def failing_with_its_run(settings: Settings, folder: TrainingFolder) -> Iterator[None]:
    """Mark the training's run in MLflow as failed if the step inside fails.

    A later step that goes through ends the run as finished.
    """
    try:
        yield
    except NothingToDo:
        raise
    except Exception as error:
        if folder.parent_run.is_file():
            _try_to_fail(settings, folder, f"{type(error).__name__}: {error}")
        raise


def _try_to_fail(settings: Settings, folder: TrainingFolder, why: str) -> None:
    """Mark the run; MLflow itself may be what failed, and must not hide the first error."""
    try:
        fail_run(open_tracker(settings), parent_run_id(folder), why)
    except Exception as error:
        log.warning("The run of training %s stays open: %s", folder.training_id, error)


def show_comparison(settings: Settings, folder: TrainingFolder, comparison: Comparison) -> None:
    """Write plot, table and description to the parent run, and each rival's rank to its run."""
    tracker = open_tracker(settings)
    parent_id = comparison.parent_run_id
    draw(comparison, folder.plot)
    log_file(tracker, parent_id, folder.plot)
    log_file(tracker, parent_id, folder.comparison)
    log_file(tracker, parent_id, write_report(folder, comparison))
    log_tables(tracker, parent_id, {"comparison_table.json": comparison_rows(comparison)})
    best = read_result(folder, comparison.best)
    log_metrics(tracker, parent_id, flat_metrics(best.metrics), milliseconds(best.ended_at))
    set_tags(tracker, parent_id, {"winner": comparison.best})
    describe(tracker, parent_id, description(folder, comparison, "The gate has not decided yet."))
    _tag_rivals(tracker, folder, comparison)


def show_cold(
    settings: Settings,
    folder: TrainingFolder,
    comparison: Comparison,
    results: Sequence[ColdResult],
) -> None:
    """Write what leading rivals do where all is new to their runs, the best's to the training's.

    The report is written again with it, and with the gate's decision where there is one.
    """
    tracker = open_tracker(settings)
    for one in results:
        run_id, at = run_of(folder, one.recipe), milliseconds(one.judged_at)
        log_metrics(tracker, run_id, flat_metrics(one.metrics), at)
        log_file(tracker, run_id, folder.cold(one.recipe) / COLD_PER_USER)
        if one.recipe == comparison.best:
            log_metrics(tracker, comparison.parent_run_id, flat_metrics(one.metrics), at)
    report = write_report(folder, comparison, decision_on(folder, comparison))
    log_file(tracker, comparison.parent_run_id, report)


def _tag_rivals(tracker: Tracker, folder: TrainingFolder, comparison: Comparison) -> None:
    count = len(comparison.rivals)
    for position, rival in enumerate(comparison.rivals, start=1):
        tags = {"rank": f"{position} of {count}", "verdict": _standing(comparison, rival.recipe)}
        set_tags(tracker, run_of(folder, rival.recipe), tags)


def _standing(comparison: Comparison, recipe: str) -> str:
    if recipe == comparison.best:
        return "best rival"
    gap = _mean(comparison, comparison.best) - _mean(comparison, recipe)
    return f"{gap:.4f} {title(comparison.primary)} behind {comparison.best}"


def _mean(comparison: Comparison, recipe: str) -> float:
    return comparison.rival(recipe).metrics[comparison.primary].mean


def run_of(folder: TrainingFolder, recipe: str) -> str:
    """Return the id of a rival's MLflow run."""
    return (folder.rival(recipe) / "mlflow_run_id").read_text(encoding="utf-8").strip()


def show_decision(
    settings: Settings, folder: TrainingFolder, comparison: Comparison, decision: Decision
) -> None:
    """Write the gate's decision to the parent run and to the rivals it is about."""
    tracker = open_tracker(settings)
    parent_id = comparison.parent_run_id
    log_file(tracker, parent_id, folder.decision)
    log_file(tracker, parent_id, write_report(folder, comparison, decision))
    standing = {"verdict": decision.sentence, "action": decision.action, "winner": decision.winner}
    set_tags(tracker, parent_id, standing)
    if decision.winner != comparison.best:  # the run shows the metrics of what it promoted
        metrics = flat_metrics(read_result(folder, decision.winner).metrics)
        log_metrics(tracker, parent_id, metrics, milliseconds(decision.decided_at))
    if decision.checks:
        log_tables(tracker, parent_id, {"gate_checks.json": checks_rows(decision.checks)})
    verdict = description(folder, comparison, decision.sentence)
    checked = [checks_table(decision.checks)] if decision.checks else []
    describe(tracker, parent_id, "\n\n".join([verdict, *checked]))
    for recipe, verdict in verdicts(decision).items():
        set_tags(tracker, run_of(folder, recipe), {"verdict": verdict})
    if decision.action == KEEP:  # nothing follows; after a promotion registering ends the run
        end_run(tracker, parent_id)


def verdicts(decision: Decision) -> dict[str, str]:
    """Return what the decision means for the rivals it is about, by recipe."""
    champion = f"champion's recipe (version {decision.champion_version})"
    found = {other.recipe: f"not promoted: {failures(other)}" for other in decision.passed_over}
    if decision.action == REFRESH:
        found[decision.winner] = "best rival, not promoted"
        return found | {str(decision.champion): f"{champion}: fitted again on newer data"}
    if decision.action == KEEP and decision.winner == decision.champion:
        return {decision.winner: f"best rival and {champion}: kept"}
    if decision.action == KEEP:
        found[decision.winner] = "best rival, not promoted"
        return found | {str(decision.champion): f"{champion}: kept"}
    passing = " that passes every check" if decision.passed_over else ""
    found[decision.winner] = f"best rival{passing}, promoted"
    if decision.champion:
        found[decision.champion] = f"{champion}: replaced"
    return found


def description(folder: TrainingFolder, comparison: Comparison, verdict: str) -> str:
    """Return the Markdown that stands on top of the experiment and of the training's run."""
    return "\n\n".join(
        [
            f"**{verdict}**",
            markdown_table(comparison),
            "Means over users, each the mean of the test windows, with 95% bootstrap intervals; "
            "the intervals of differences hold for all pairs of rivals at once. Each window's "
            "models know what happened before it; the first starts at "
            f"{comparison.windows['test_1']}, the last ends at {comparison.windows['end']} (UTC). "
            "Costs are a window's: one fit, scoring its users; memory is the whole process's peak. "
            f"Training `{folder.training_id}`, snapshot `{comparison.snapshot_id}`.",
            " ".join(comparison.notes),
        ]
    )
