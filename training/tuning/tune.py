"""The steps of a tuning: plan it, take its places one by one, and write down what was found."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aisle.core.errors import NothingToDo
from aisle.core.files import new_folder, write_json, write_text
from aisle.core.settings import REPOSITORY, Settings
from training.dataset import read_snapshot
from training.params import PARAMS, load_params
from training.recipes import load_lineup, load_recipes
from training.tuning.finish import Findings, Found, as_csv, document, find, rows_of
from training.tuning.folder import TuningFolder
from training.tuning.freeze import freeze_before_tests
from training.tuning.patch import patch
from training.tuning.plan import Plan, Request, chosen, read_plan, write_plan
from training.tuning.plots import draw_all
from training.tuning.show import show_findings, show_plan
from training.tuning.storage import open_study
from training.tuning.trial import Outcome, run_trial
from training.wording import short, signed, title

log = logging.getLogger(__name__)

PATCH = "params.patch"


@dataclass(frozen=True)
class Finished:
    """What a tuning found, its patch (empty if nothing is proposed) and its run in MLflow."""

    findings: Findings
    patch: Path | None
    run_id: str


def plan_tuning(
    settings: Settings, folder: TuningFolder, request: Request, names: Sequence[str] = ()
) -> Plan:
    """Freeze the data, write the plan, make studies and the MLflow run; return the plan.

    A plan that is there already may get more trials and more time, nothing else.
    """
    recipes = chosen(load_recipes() if names else load_lineup(settings.lineup), names)
    horizon = load_params()["horizon_days"]
    snapshot_id = freeze_before_tests(settings, folder, horizon, request.windows)
    plan = write_plan(folder, Plan(folder.tuning_id, request, recipes, snapshot_id))
    for recipe in plan.recipes:
        open_study(settings, plan, recipe.name)
    show_plan(settings, folder, plan)
    return plan


def run_places(
    settings: Settings, folder: TuningFolder, plan: Plan, tell: Callable[[str], None]
) -> None:
    """Take all places of a plan, one after the other, until they or the time are used up."""
    for place in plan.places:
        try:
            tell(told(run_trial(settings, folder, place)))
        except NothingToDo as reason:
            tell(str(reason))
            return


def told(outcome: Outcome) -> str:
    """Return one line on a trial."""
    value = "-" if outcome.value is None else short(outcome.value)
    value += " so far" if outcome.why else ""
    end = f" ({outcome.why})" if outcome.why else ""
    return f"{outcome.place}: {value} in {outcome.seconds:.1f} s{end} {json.dumps(outcome.tries)}"


def finish_tuning(
    settings: Settings, folder: TuningFolder, *, within_noise: bool = False
) -> Finished:
    """Write findings, plots and the patch, show them in MLflow, and return them.

    What is better than what there is within noise only is proposed if asked for.
    """
    plan, snapshot = read_plan(folder), read_snapshot(folder.snapshot)
    span = snapshot.windows.tests[0].cutoff, snapshot.windows.end
    findings, studies = find(settings, folder, plan, span)
    rows = rows_of(studies)
    proposed = findings.proposed(within_noise=within_noise)
    text = patch(PARAMS, str(PARAMS.relative_to(REPOSITORY)), proposed)
    with new_folder(folder.findings) as draft:
        write_json(draft / "findings.json", document(findings))
        write_text(draft / "trials.csv", as_csv(rows))
        draw_all(draft, studies, findings.recipes, findings.metric)
        if text:
            write_text(draft / PATCH, text)
    table = json.dumps({"columns": list(rows[0]), "data": [list(row.values()) for row in rows]})
    text = description(findings, text)
    run_id = show_findings(settings, folder, _metrics(findings), text, table)
    return Finished(findings, folder.findings / PATCH if proposed else None, run_id)


def _metrics(findings: Findings) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for found in findings.recipes:
        metrics[f"{found.recipe}_best"] = found.best_value
        metrics[f"{found.recipe}_as_it_is"] = found.present_value
        metrics[f"{found.recipe}_difference"] = found.difference.mean
        metrics[f"{found.recipe}_difference_low"] = found.difference.low
        metrics[f"{found.recipe}_difference_high"] = found.difference.high
    return metrics


def description(findings: Findings, patch_text: str) -> str:
    """Return the Markdown of a tuning: a table, what was judged how, and the patch."""
    head = ["recipe", "as it is", "best", "difference", "trials", "minutes", "best parameters"]
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head))]
    lines += ["| " + " | ".join(_row(found)) + " |" for found in findings.recipes]
    parts = [
        "\n".join(lines),
        f"{title(findings.metric)}, judged from {findings.judged_from} to "
        f"{findings.judged_until} (UTC): before the windows on which trainings are judged. The "
        "intervals of differences hold for all trials of a recipe at once.",
    ]
    if patch_text:
        parts.append(
            f"Proposed, to be reviewed and applied by a person:\n\n```diff\n{patch_text}```"
        )
    else:
        parts.append("Nothing is better beyond noise: params.yaml stays as it is.")
    return "\n\n".join(parts)


def _row(found: Found) -> list[str]:
    trials = f"{found.judged} judged, {found.pruned} left early, {found.failed} failed"
    is_same = found.best_place == 0
    return [
        found.recipe,
        short(found.present_value),
        "as it is" if is_same else short(found.best_value),
        "-" if is_same else signed(found.difference) + ("" if found.is_proven else " (noise)"),
        trials,
        f"{found.minutes:.1f}",
        "-" if is_same else ", ".join(f"{name}: {value}" for name, value in found.changes.items()),
    ]
