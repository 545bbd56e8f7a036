"""What a search found: each recipe's best trial against what the recipe says now."""

import csv
import io
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from training.bootstrap import Interval, simultaneous_differences
from training.differences import values
from training.gate_rules import MEASURES
from training.tuning.folder import TuningFolder
from training.tuning.plan import Plan
from training.tuning.storage import open_study
from training.tuning.trial import PLACE, SECONDS, TRIES, WHY

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """What the search found for one recipe.

    The difference is the best trial's minus that of the recipe as it is, user by user; its bounds
    hold for all trials at once, so that picking the best of many invents no winner.
    """

    recipe: str
    present: dict[str, Any]
    present_value: float
    best: dict[str, Any]
    best_place: int
    best_value: float
    difference: Interval
    users: int
    judged: int
    pruned: int
    failed: int
    minutes: float
    importances: dict[str, float] = field(default_factory=dict)

    @property
    def is_proven(self) -> bool:
        """Whether the best is better than what there is, beyond noise."""
        return self.best_place != 0 and self.difference.low > 0

    @property
    def changes(self) -> dict[str, Any]:
        """The parameters that differ from what the recipe says now."""
        return {name: value for name, value in self.best.items() if value != self.present[name]}


@dataclass(frozen=True)
class Findings:
    """What a tuning found for all its recipes."""

    tuning_id: str
    metric: str
    snapshot_id: str
    judged_from: datetime
    judged_until: datetime
    recipes: list[Found]

    def proposed(self, *, within_noise: bool) -> dict[str, dict[str, Any]]:
        """Return the changes to propose, by recipe: proven ones, or whatever looked better."""
        return {
            found.recipe: found.changes
            for found in self.recipes
            if found.is_proven or (within_noise and found.difference.mean > 0)
        }


def find(
    settings: Settings, folder: TuningFolder, plan: Plan, span: tuple[datetime, datetime]
) -> tuple[Findings, dict[str, "Study"]]:
    """Return what was found so far, and all studies.

    A recipe of which what it says now was not judged is left out: nothing can be compared with it.
    """
    studies = {recipe.name: open_study(settings, plan, recipe.name) for recipe in plan.recipes}
    found = [
        _found(folder, plan, name, study)
        for name, study in studies.items()
        if _has_present(name, study)
    ]
    if not found:
        raise AisleError(
            f"No recipe of {plan.tuning_id} was judged to the end as it is now, so nothing can be "
            f"compared: run `aisle tune trial --run {plan.tuning_id} --trial {plan.places[0]}`."
        )
    findings = Findings(plan.tuning_id, plan.request.metric, plan.snapshot_id, *span, found)
    return findings, studies


def _has_present(recipe: str, study: "Study") -> bool:
    """Tell whether what a recipe says now was judged; else say that the recipe is left out."""
    if any(trial.user_attrs[PLACE] == 0 for trial in _of_state(study, "COMPLETE")):
        return True
    log.warning("%s is left out: its place 0, what it says now, was not judged", recipe)
    return False


def _found(folder: TuningFolder, plan: Plan, recipe: str, study: "Study") -> Found:
    complete = {trial.user_attrs[PLACE]: trial for trial in _of_state(study, "COMPLETE")}
    # On a tie the earlier place wins, and what there is stands in the first.
    best = max(complete.values(), key=lambda trial: (trial.value, -trial.user_attrs[PLACE]))
    table = _per_user(folder, plan, recipe, complete)
    number = best.user_attrs[PLACE]
    trials = study.get_trials(deepcopy=False)
    return Found(
        recipe=recipe,
        present=complete[0].user_attrs[TRIES],
        present_value=complete[0].value or 0.0,
        best=best.user_attrs[TRIES],
        best_place=number,
        best_value=best.value or 0.0,
        difference=simultaneous_differences(table, "0")[str(number)],
        users=len(table),
        judged=len(complete),
        pruned=len(_of_state(study, "PRUNED")),
        failed=len(_of_state(study, "FAIL")),
        minutes=sum(trial.user_attrs.get(SECONDS, 0.0) for trial in trials) / 60,
        importances=importances(study),
    )


def _of_state(study: "Study", name: str) -> "list[FrozenTrial]":
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState[name],))


def _per_user(
    folder: TuningFolder, plan: Plan, recipe: str, complete: Mapping[int, "FrozenTrial"]
) -> pd.DataFrame:
    """Return users x trials judged to the end: each user's mean over the windows."""
    rows = {str(place): pd.read_parquet(folder.per_user(recipe, place)) for place in complete}
    return values(rows, MEASURES[plan.request.metric])


def importances(study: "Study") -> dict[str, float]:
    """Return how much each parameter decides; empty while too few trials tell.

    The share of the variance that a forest explains with it (fANOVA).
    """
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    complete = _of_state(study, "COMPLETE")
    varied = [
        name
        for name in (complete[0].params if complete else {})
        if len({trial.params[name] for trial in complete}) > 1
    ]
    if len(complete) < 4 or len(varied) < 2 or len({trial.value for trial in complete}) < 2:
        return {}
    evaluator = FanovaImportanceEvaluator(seed=0)
    found = get_param_importances(study, evaluator=evaluator, params=varied)
    return {name: float(share) for name, share in found.items()}


def rows_of(studies: Mapping[str, "Study"]) -> list[dict[str, Any]]:
    """Return every trial that took a place as a row: how it ended, its value, what it tried."""
    rows = []
    for recipe, study in studies.items():
        for trial in study.get_trials(deepcopy=False):
            attributes = trial.user_attrs
            if PLACE in attributes:
                rows.append(
                    {
                        "recipe": recipe,
                        "place": attributes[PLACE],
                        "state": trial.state.name.lower(),
                        "value": trial.value if trial.state.name == "COMPLETE" else None,
                        "seconds": attributes.get(SECONDS),
                        "why": attributes.get(WHY, ""),
                        "parameters": json.dumps(attributes.get(TRIES, {})),
                    }
                )
    return rows


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the trials as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def document(findings: Findings) -> dict[str, Any]:
    """Return what findings.json says."""
    return {
        **asdict(findings),
        "recipes": [
            {**asdict(found), "is_proven": found.is_proven, "changes": found.changes}
            for found in findings.recipes
        ],
    }
