"""Show a training on MLflow's experiment page: who was compared, who won and why."""

from aisle.core.files import write_text
from aisle.core.settings import Settings
from training.compare import PRIMARY, Comparison, columns_and_rows, markdown_table
from training.dataset import read_snapshot
from training.folder import TrainingFolder
from training.gate import KEEP, Decision
from training.plot import draw
from training.recipes import PARAMS
from training.results import flat_metrics, read_result
from training.revision import code_revision, revision_tags
from training.tracking import (
    Tracker,
    describe,
    end_run,
    log_file,
    log_metrics,
    log_table,
    milliseconds,
    open_tracker,
    parent_run,
    set_tags,
    snapshot_reference,
)


def open_training(settings: Settings, folder: TrainingFolder) -> str:
    """Return the id of the MLflow run that stands for this training, made if it is missing."""
    snapshot = read_snapshot(folder.snapshot)
    tags = {"snapshot_id": snapshot.snapshot_id} | revision_tags(code_revision())
    tracker = open_tracker(settings)
    run_id = parent_run(tracker, folder.training_id, tags, snapshot_reference(snapshot))
    log_file(tracker, run_id, PARAMS)
    write_text(folder.parent_run, run_id)
    return run_id


def show_comparison(settings: Settings, folder: TrainingFolder, comparison: Comparison) -> None:
    """Write plot, table and description to the parent run, and each rival's rank to its run."""
    tracker = open_tracker(settings)
    parent_id = comparison.parent_run_id
    draw(comparison, folder.plot)
    log_file(tracker, parent_id, folder.plot)
    log_file(tracker, parent_id, folder.comparison)
    log_table(tracker, parent_id, columns_and_rows(comparison))
    best = read_result(folder, comparison.best)
    log_metrics(tracker, parent_id, flat_metrics(best.metrics), milliseconds(best.ended_at))
    set_tags(tracker, parent_id, {"winner": comparison.best})
    describe(tracker, parent_id, description(folder, comparison, "The gate has not decided yet."))
    _tag_rivals(tracker, folder, comparison)


def _tag_rivals(tracker: Tracker, folder: TrainingFolder, comparison: Comparison) -> None:
    count = len(comparison.rivals)
    for position, rival in enumerate(comparison.rivals, start=1):
        tags = {"rank": f"{position} of {count}", "verdict": _standing(comparison, rival.recipe)}
        set_tags(tracker, run_of(folder, rival.recipe), tags)


def _standing(comparison: Comparison, recipe: str) -> str:
    if recipe == comparison.best:
        return "best rival"
    gap = _mean(comparison, comparison.best) - _mean(comparison, recipe)
    return f"{gap:.4f} next NDCG@10 behind {comparison.best}"


def _mean(comparison: Comparison, recipe: str) -> float:
    return comparison.rival(recipe).metrics[PRIMARY].mean


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
    set_tags(tracker, parent_id, {"verdict": decision.sentence, "action": decision.action})
    describe(tracker, parent_id, description(folder, comparison, decision.sentence))
    for recipe, verdict in verdicts(decision).items():
        set_tags(tracker, run_of(folder, recipe), {"verdict": verdict})
    if decision.action == KEEP:  # nothing follows; after a promotion registering ends the run
        end_run(tracker, parent_id)


def verdicts(decision: Decision) -> dict[str, str]:
    """Return what the decision means for the winner and for the champion's recipe."""
    champion = f"champion's recipe (version {decision.champion_version})"
    if decision.action == KEEP and decision.winner == decision.champion:
        return {decision.winner: f"best rival and {champion}: kept"}
    if decision.action == KEEP:
        return {
            decision.winner: "best rival, not promoted",
            str(decision.champion): f"{champion}: kept",
        }
    found = {decision.winner: "best rival, promoted"}
    if decision.champion:
        found[decision.champion] = f"{champion}: replaced"
    return found


def description(folder: TrainingFolder, comparison: Comparison, verdict: str) -> str:
    """Return the Markdown that stands on top of the experiment and of the training's run."""
    return "\n\n".join(
        [
            f"**{verdict}**",
            markdown_table(comparison),
            "Means over users with 95% bootstrap intervals. Fitted on what was known before "
            f"{comparison.windows['test_1']}, judged on what was bought up to "
            f"{comparison.windows['end']} (UTC). Training `{folder.training_id}`, snapshot "
            f"`{comparison.snapshot_id}`.",
        ]
    )
