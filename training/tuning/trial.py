"""Take one place of a plan: ask for parameters, judge them, tell; a kill loses no place."""

import fcntl
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.files import new_file
from aisle.core.settings import Settings
from training.dataset import Snapshot, read_snapshot
from training.tuning.folder import TuningFolder
from training.tuning.objective import Step, steps, tried
from training.tuning.plan import Plan, place_of, read_plan
from training.tuning.show import show_trial
from training.tuning.storage import open_study

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

PLACE, TRIES, SECONDS, CURVES, WHY = "place", "tries", "seconds", "curves", "why"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a trial ended. `why` says what cut it short; it is empty if nothing did."""

    place: str
    tries: dict[str, Any]
    value: float | None  # None if nothing could be judged
    seconds: float
    why: str = ""


def run_trial(settings: Settings, folder: TuningFolder, place: str) -> Outcome:
    """Return how the trial of one place ended; one that has ended already is only shown again."""
    plan = read_plan(folder)
    recipe, number = place_of(place)
    plan.recipe(recipe)
    if place not in plan.places:
        raise AisleError(f"The plan of {plan.tuning_id} has no place {place}: see its plan.json.")
    study = open_study(settings, plan, recipe, number)
    if ended(study, number) is None:
        _require_time(settings, plan)
        snapshot = read_snapshot(folder.snapshot)
        trial = _taken(study, folder, plan, recipe, number)
        _judge(settings, folder, plan, _Turn(recipe, number, study, trial, snapshot))
    done = ended(study, number)
    if done is None:
        raise AisleError(f"The trial {place} did not end: run `aisle tune trial` for it again.")
    show_trial(settings, folder, plan, recipe, done)
    return outcome(recipe, done)


def ended(study: "Study", number: int) -> "FrozenTrial | None":
    """Return the trial of a place if it was judged or pruned."""
    from optuna.trial import TrialState

    states = (TrialState.COMPLETE, TrialState.PRUNED)
    found = study.get_trials(deepcopy=False, states=states)
    return next((trial for trial in found if trial.user_attrs.get(PLACE) == number), None)


def outcome(recipe: str, trial: "FrozenTrial") -> Outcome:
    """Return an ended trial as people read it."""
    attributes = trial.user_attrs
    return Outcome(
        place=f"{recipe}:{attributes[PLACE]}",
        tries=attributes[TRIES],
        value=trial.value,
        seconds=attributes[SECONDS],
        why=attributes.get(WHY, ""),
    )


def seconds_spent(settings: Settings, plan: Plan) -> float:
    """Return the seconds that the trials of a tuning have worked, all workers together."""
    return sum(
        float(trial.user_attrs.get(SECONDS, 0.0))
        for recipe in plan.recipes
        for trial in open_study(settings, plan, recipe.name).get_trials(deepcopy=False)
    )


def _require_time(settings: Settings, plan: Plan) -> None:
    spent = seconds_spent(settings, plan)
    if spent >= plan.request.minutes * 60:
        raise NothingToDo(
            f"the trials of {plan.tuning_id} have worked for {spent / 60:.1f} minutes of "
            f"{plan.request.minutes:g}: plan it again with more --minutes to go on."
        )


@dataclass(frozen=True)
class _Turn:
    """One trial at work."""

    recipe: str
    number: int
    study: "Study"
    trial: "Trial"
    snapshot: Snapshot


def _taken(study: "Study", folder: TuningFolder, plan: Plan, recipe: str, number: int) -> "Trial":
    """Return a running trial of this place, with the parameters of the one that was killed in it.

    One worker at a time queues and takes: so it takes what it queued, and what a kill left in the
    queue is thrown away.
    """
    space = plan.spaces[recipe]
    with _queue(folder):
        before = _given_up(study, number)
        fixed = plan.fixed(recipe, number) or before
        study.enqueue_trial(fixed, user_attrs={PLACE: number})
        trial = study.ask(space.distributions)
        while trial.user_attrs.get(PLACE) != number:
            _give_up(study, trial.number, "its worker was killed")
            trial = study.ask(space.distributions)
        trial.set_user_attr(TRIES, space.plain(trial.params))
    return trial


def _given_up(study: "Study", number: int) -> dict[str, Any]:
    """Mark what a killed worker left of this place as failed; return what it was trying."""
    from optuna.trial import TrialState

    unfinished = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    tries: dict[str, Any] = {}
    for left in (trial for trial in unfinished if trial.user_attrs.get(PLACE) == number):
        log.info("trial %d of this place was never ended: it is tried again", left.number)
        _give_up(study, left.number, "its worker was killed")
        tries = left.params
    return tries


def _give_up(study: "Study", trial_number: int, why: str) -> None:
    from optuna.trial import TrialState

    study.tell(trial_number, state=TrialState.FAIL)
    log.info("trial %d: %s", trial_number, why)


@contextmanager
def _queue(folder: TuningFolder) -> Iterator[None]:
    with folder.queue_lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file closes, also by a kill
        yield


def _judge(settings: Settings, folder: TuningFolder, plan: Plan, turn: _Turn) -> None:
    """Judge a trial and tell what came of it; an error is told too, and goes on."""
    from optuna.trial import TrialState

    started = time.monotonic()
    try:
        last, why = _work(settings, plan, turn)
        _keep(folder, turn, last)
    except Exception:
        turn.trial.set_user_attr(SECONDS, time.monotonic() - started)
        _give_up(turn.study, turn.trial.number, "it failed")
        raise
    turn.trial.set_user_attr(WHY, why)
    turn.trial.set_user_attr(CURVES, [(p.name, p.step, p.value) for p in last.curves])
    turn.trial.set_user_attr(SECONDS, time.monotonic() - started)
    if why:
        turn.study.tell(turn.trial, state=TrialState.PRUNED)
    else:
        turn.study.tell(turn.trial, last.value)


def _work(settings: Settings, plan: Plan, turn: _Turn) -> tuple[Step, str]:
    """Return the last step of a trial, and why it went no further, if it did not."""
    deadline = time.monotonic() + plan.request.minutes * 60 - seconds_spent(settings, plan)
    recipe = tried(plan.recipe(turn.recipe), turn.trial.user_attrs[TRIES])
    windows = len(turn.snapshot.windows.tests)
    request, threads = plan.request, settings.threads
    for step in steps(recipe, turn.snapshot, request.metric, users=request.users, threads=threads):
        if not math.isfinite(step.value):
            raise AisleError(
                f"{turn.recipe} cannot be judged: nobody bought anything in the windows of this "
                "tuning. Take another --metric, or wait until there is more data."
            )
        turn.trial.report(step.value, step.number)
        why = "" if step.number == windows else _why_stop(turn, time.monotonic() > deadline)
        if why:
            break
    return step, why


def _why_stop(turn: _Turn, is_over_budget: bool) -> str:
    """Return why a trial goes no further; what the recipe says now is judged to the end."""
    if turn.number == 0:
        return ""
    if is_over_budget:
        return "the time is over"
    return "pruned: behind the median of the others" if turn.trial.should_prune() else ""


def _keep(folder: TuningFolder, turn: _Turn, last: Step) -> None:
    """Write what each user was worth, which the comparison of trials needs."""
    if last.per_user is None:
        return
    with new_file(folder.per_user(turn.recipe, turn.number)) as draft:
        last.per_user.to_parquet(draft, index=False)
