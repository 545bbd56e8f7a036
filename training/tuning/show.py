"""A tuning in MLflow: a run for it, and one nested below it for each trial."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.core.files import write_text
from aisle.core.settings import Settings
from training.dataset import read_snapshot
from training.fit import flat
from training.folder import read_json
from training.report import window_params
from training.revision import code_revision, revision_tags
from training.tracking import (
    RivalRecord,
    describe,
    described_run,
    end_run,
    log_child,
    log_file,
    log_metrics,
    log_params,
    log_tables,
    milliseconds,
    open_tracker,
    set_tags,
    snapshot_reference,
)
from training.tuning.folder import TuningFolder
from training.tuning.plan import Plan

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

EXPERIMENT = "aisle-tuning"


def show_plan(settings: Settings, folder: TuningFolder, plan: Plan) -> str:
    """Return the id of the run that stands for a tuning, made if it is missing."""
    snapshot = read_snapshot(folder.snapshot)
    tracker = open_tracker(settings, EXPERIMENT)
    identity = {"tuning_id": plan.tuning_id, "kind": "tuning"}
    tags = {"snapshot_id": snapshot.snapshot_id} | revision_tags(code_revision())
    reference = snapshot_reference(snapshot)
    run_id = described_run(tracker, plan.tuning_id, identity, tags, reference)
    # Trials and minutes may grow, and a parameter of a run cannot change: those are tags.
    asked = asdict(plan.request)
    grown = {name: str(asked.pop(name)) for name in ("trials", "minutes")}
    recipes = ", ".join(recipe.name for recipe in plan.recipes)
    log_params(tracker, run_id, {"recipes": recipes, **asked, **window_params(snapshot)})
    set_tags(tracker, run_id, grown)
    write_text(folder.parent_run, run_id)
    return run_id


def parent_of(folder: TuningFolder) -> str:
    """Return the id of the run that stands for a tuning."""
    command = f"aisle tune plan --run {folder.tuning_id}"
    if not folder.parent_run.is_file():
        read_json(folder.parent_run, made_by=command)
    return folder.parent_run.read_text(encoding="utf-8").strip()


def show_trial(
    settings: Settings, folder: TuningFolder, plan: Plan, recipe: str, trial: "FrozenTrial"
) -> str:
    """Write the nested run of an ended trial and return its id; again, it changes nothing."""
    attributes = trial.user_attrs
    metric = plan.request.metric
    steps = [(metric, step, value) for step, value in sorted(trial.intermediate_values.items())]
    number = attributes["place"]
    record = RivalRecord(
        params={"recipe": recipe, **dict(flat(attributes["tries"]))},
        metrics={"seconds": attributes["seconds"]} | _final(metric, trial),
        curves=[*steps, *map(tuple, attributes["curves"])],
        tags={"state": trial.state.name.lower(), "why": attributes["why"] or "judged to the end"},
        snapshot=snapshot_reference(read_snapshot(folder.snapshot)),
        started_ms=_ms(trial.datetime_start),
        ended_ms=_ms(trial.datetime_complete),
    )
    identity = {"tuning_id": plan.tuning_id, "kind": "trial", "place": f"{recipe}:{number}"}
    name = f"{recipe} {number}" if number else f"{recipe} as it is"
    tracker = open_tracker(settings, EXPERIMENT)
    return log_child(tracker, parent_of(folder), name, identity, record)


def _final(metric: str, trial: "FrozenTrial") -> dict[str, float]:
    """Return the value of a trial that was judged to the end, under a name of its own."""
    if trial.state.name != "COMPLETE" or trial.value is None:
        return {}
    return {f"final_{metric}": trial.value}


def _ms(moment: Any) -> int:
    """Return Optuna's naive local time as MLflow counts time."""
    return int(moment.timestamp() * 1000)


def show_findings(
    settings: Settings, folder: TuningFolder, metrics: Mapping[str, float], text: str, table: str
) -> str:
    """Write what a tuning found to its run: files, table, best values and the description."""
    tracker = open_tracker(settings, EXPERIMENT)
    run_id = parent_of(folder)
    for path in sorted(_files(folder.findings)):
        log_file(tracker, run_id, path)
    log_tables(tracker, run_id, {"trials_table.json": table})
    at = milliseconds(read_snapshot(folder.snapshot).as_of)  # MLflow drops a metric that it has
    log_metrics(tracker, run_id, metrics, at)
    describe(tracker, run_id, text)
    end_run(tracker, run_id)
    return run_id


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]
