"""Decide whether a rival becomes the champion: only evidence promotes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aisle.core.clock import wall_clock
from aisle.core.files import write_json
from training.bootstrap import Interval
from training.compare import Comparison, read_comparison
from training.folder import TrainingFolder, read_json
from training.gate_checks import (
    FAILED,
    NOT_JUDGED,
    PASSED,
    Challenger,
    Check,
    failure,
    failures,
    first_to_pass,
)
from training.gate_rules import GateRules, load_rules
from training.wording import signed, title, with_bounds

PROMOTE, REFRESH, KEEP = "promote", "refresh", "keep"


@dataclass(frozen=True)
class Decision:
    """What the gate decided. `difference` is winner minus champion's recipe, user by user."""

    action: str  # promote: another recipe · refresh: the champion's, newer data · keep
    register: str | None  # the rival whose recipe is to be refitted and registered
    winner: str  # the rival promoted; where none is, the best one
    champion: str | None  # the rival that stands for the champion
    champion_version: str | None
    metric: str
    difference: Interval | None
    users: int  # judged on the primary metric
    checks: list[Check]  # of the winner
    passed_over: list[Challenger]  # other rivals that were checked and failed, best first
    reason: str  # first_champion | better | champion_is_best | too_few_users | not_better | worse
    sentence: str
    snapshot_id: str
    data_until: str  # the last interaction, as ISO text
    training_id: str
    decided_at: datetime


def decide(folder: TrainingFolder) -> Decision:
    """Return and keep the gate's decision on a compared training."""
    decision = judge(read_comparison(folder), load_rules(), folder.training_id)
    write_json(folder.decision, asdict(decision) | {"decided_at": decision.decided_at.isoformat()})
    return decision


def judge(comparison: Comparison, rules: GateRules, training_id: str) -> Decision:
    """Return what the evidence says.

    The best of the rivals above the champion's recipe that pass every check which could be judged
    replaces it. Where none does, the champion's recipe is refitted if there is newer data.
    """
    winner, passed_over = first_to_pass(comparison, rules)
    reason = reason_of(comparison, winner.checks)
    action = _action(comparison, reason)
    registered = {PROMOTE: winner.recipe, REFRESH: comparison.champion_recipe, KEEP: None}
    return Decision(
        action=action,
        register=registered[action],
        winner=winner.recipe,
        champion=comparison.champion_recipe,
        champion_version=comparison.champion_version,
        metric=comparison.primary,
        difference=winner.checks[0].difference if winner.checks else None,
        users=comparison.users[comparison.primary],
        checks=winner.checks,
        passed_over=passed_over,
        reason=reason,
        sentence=sentence(comparison, winner, passed_over, reason, action),
        snapshot_id=comparison.snapshot_id,
        data_until=comparison.data_until,
        training_id=training_id,
        decided_at=wall_clock(),
    )


def reason_of(comparison: Comparison, checks: Sequence[Check]) -> str:
    """Return in one word why the gate decides as it does."""
    if comparison.champion_recipe is None:
        return "first_champion"
    if not checks:
        return "champion_is_best"
    primary, *others = checks
    if primary.outcome == NOT_JUDGED:
        return "too_few_users"
    if primary.outcome == FAILED:
        return "not_better"
    return "worse" if any(check.outcome == FAILED for check in others) else "better"


def _action(comparison: Comparison, reason: str) -> str:
    if reason in {"first_champion", "better"}:
        return PROMOTE
    return REFRESH if has_newer_data(comparison) else KEEP


def has_newer_data(comparison: Comparison) -> bool:
    """Return whether something happened since the data the champion was fitted on."""
    known = comparison.champion_data_until
    if known is None:
        return False
    return datetime.fromisoformat(comparison.data_until) > datetime.fromisoformat(known)


def sentence(
    comparison: Comparison,
    winner: Challenger,
    passed_over: Sequence[Challenger],
    reason: str,
    action: str,
) -> str:
    """Return the decision and why, as people read it."""
    shown = with_bounds(comparison.rival(winner.recipe).metrics[comparison.primary])
    best_of = f"best of {len(comparison.rivals)} rivals with {title(comparison.primary)} {shown}"
    if reason == "first_champion":
        return f"Promoted {winner.recipe}: first champion, {best_of}."
    held = f"version {comparison.champion_version} ({comparison.champion_recipe})"
    start = {
        PROMOTE: f"Promoted {winner.recipe} over {held}",
        REFRESH: f"Refreshed {held} with data up to {comparison.data_until}",
        KEEP: f"Kept {held}",
    }[action]
    if reason == "champion_is_best":
        return f"{start}: the champion's own recipe is the {best_of}."
    why = _versus(comparison, winner) + _why(winner.checks, reason)
    others = "" if reason == "too_few_users" else _others(passed_over, action)
    return f"{start}: {why}{others}{_unjudged(winner.checks)}."


def _versus(comparison: Comparison, winner: Challenger) -> str:
    primary = winner.checks[0]
    shown = signed(primary.difference) if primary.difference else "not comparable"
    return f"{winner.recipe} is {shown} {title(comparison.primary)} against it"


def _why(checks: Sequence[Check], reason: str) -> str:
    primary, *others = checks
    if reason == "too_few_users":
        return f", but only {primary.users} users were judged; needed: {primary.needed}"
    if reason == "not_better":
        return ", and the lower bound of the interval is not above zero"
    if reason == "worse":
        failed = [check for check in others if check.outcome == FAILED]
        return "".join(f", but {failure(check)}" for check in failed)
    passed = sum(check.outcome == PASSED for check in others)
    return f", the interval lies above zero, and nothing is worse by its margin ({passed} checks)"


def _others(passed_over: Sequence[Challenger], action: str) -> str:
    place = "ranks higher, but is" if action == PROMOTE else "fails too:"
    return "".join(f"; {other.recipe} {place} {failures(other)}" for other in passed_over)


def _unjudged(checks: Sequence[Check]) -> str:
    names = [title(check.measure) for check in checks[1:] if check.outcome == NOT_JUDGED]
    return f"; not judged for want of users: {', '.join(names)}" if names else ""


def read_decision(folder: TrainingFolder) -> Decision:
    """Return what `aisle train gate` decided."""
    content = read_json(folder.decision, made_by=f"aisle train gate --run {folder.training_id}")
    bounds = content.pop("difference")
    checks = _checks(content.pop("checks"))
    passed_over = [
        Challenger(row["recipe"], _checks(row["checks"])) for row in content.pop("passed_over")
    ]
    decided_at = datetime.fromisoformat(content.pop("decided_at"))
    return Decision(
        difference=bounds and Interval(**bounds),
        checks=checks,
        passed_over=passed_over,
        decided_at=decided_at,
        **content,
    )


def decision_on(folder: TrainingFolder, comparison: Comparison) -> Decision | None:
    """Return what the gate decided on a comparison's data; None if it has not decided yet."""
    decision = read_decision(folder) if folder.decision.is_file() else None
    return decision if decision and decision.snapshot_id == comparison.snapshot_id else None


def _checks(rows: list[dict[str, Any]]) -> list[Check]:
    bounds = [row.pop("difference") for row in rows]
    return [
        Check(difference=difference and Interval(**difference), **row)
        for difference, row in zip(bounds, rows, strict=True)
    ]
