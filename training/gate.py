"""Decide whether the best rival becomes the champion: only evidence promotes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from aisle.core.clock import wall_clock
from aisle.core.files import write_json
from training.bootstrap import Interval
from training.compare import Comparison, read_comparison
from training.folder import TrainingFolder, read_json
from training.gate_rules import GateRules, load_rules
from training.wording import signed, title, with_bounds

PROMOTE, REFRESH, KEEP = "promote", "refresh", "keep"
PASSED, FAILED, NOT_JUDGED = "passed", "failed", "not judged"


@dataclass(frozen=True)
class Check:
    """One condition of a promotion. `difference` is the best rival minus the champion's recipe."""

    measure: str
    difference: Interval | None
    needed: str
    users: int
    outcome: str  # passed | failed | not judged


@dataclass(frozen=True)
class Decision:
    """What the gate decided. `difference` is winner minus champion's recipe, user by user."""

    action: str  # promote: another recipe · refresh: the champion's, newer data · keep
    register: str | None  # the rival whose recipe is to be refitted and registered
    winner: str  # the best rival
    champion: str | None  # the rival that stands for the champion
    champion_version: str | None
    metric: str
    difference: Interval | None
    users: int  # judged on the primary metric
    checks: list[Check]
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

    Another recipe replaces the champion's only if every check that could be judged passes. Where
    none does, the champion's recipe is refitted if there is newer data.
    """
    checks = checks_of(comparison, rules)
    reason = reason_of(comparison, checks)
    action = _action(comparison, reason)
    registered = {PROMOTE: comparison.best, REFRESH: comparison.champion_recipe, KEEP: None}
    return Decision(
        action=action,
        register=registered[action],
        winner=comparison.best,
        champion=comparison.champion_recipe,
        champion_version=comparison.champion_version,
        metric=comparison.primary,
        difference=checks[0].difference if checks else None,
        users=comparison.users[comparison.primary],
        checks=checks,
        reason=reason,
        sentence=sentence(comparison, checks, reason, action),
        snapshot_id=comparison.snapshot_id,
        data_until=comparison.data_until,
        training_id=training_id,
        decided_at=wall_clock(),
    )


def checks_of(comparison: Comparison, rules: GateRules) -> list[Check]:
    """Return the checks of the best rival against the champion's recipe, the primary one first.

    There is nothing to check without a champion, or if its own recipe is the best.
    """
    if comparison.champion_recipe in (None, comparison.best):
        return []
    found = [_primary_check(comparison, rules)]
    for measure, margin in rules.non_inferiority.items():
        if measure != comparison.primary:
            found.append(_margin_check(comparison, rules, measure, margin))
    return found


def _primary_check(comparison: Comparison, rules: GateRules) -> Check:
    """Return whether the lower bound lies above zero, with users enough for it to mean anything."""
    users = comparison.users[comparison.primary]
    difference = _difference(comparison, comparison.primary)
    needed = f"lower bound above 0 with at least {rules.fewest_users} users"
    if users < rules.fewest_users or difference is None:
        return Check(comparison.primary, difference, needed, users, NOT_JUDGED)
    outcome = PASSED if difference.low > 0 else FAILED
    return Check(comparison.primary, difference, needed, users, outcome)


def _margin_check(comparison: Comparison, rules: GateRules, measure: str, margin: float) -> Check:
    """Return whether the best rival is not worse than the champion's recipe by the margin."""
    users, difference = comparison.users[measure], _difference(comparison, measure)
    needed = f"lower bound above -{margin}"
    if users < rules.fewest_users or difference is None:
        return Check(measure, difference, needed, users, NOT_JUDGED)
    outcome = PASSED if difference.low > -margin else FAILED
    return Check(measure, difference, needed, users, outcome)


def _difference(comparison: Comparison, measure: str) -> Interval | None:
    return comparison.rival(comparison.best).differences.get(measure)


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


def sentence(comparison: Comparison, checks: Sequence[Check], reason: str, action: str) -> str:
    """Return the decision and why, as people read it."""
    winner = comparison.best
    shown = with_bounds(comparison.rival(winner).metrics[comparison.primary])
    best_of = f"best of {len(comparison.rivals)} rivals with {title(comparison.primary)} {shown}"
    if reason == "first_champion":
        return f"Promoted {winner}: first champion, {best_of}."
    held = f"version {comparison.champion_version} ({comparison.champion_recipe})"
    start = {
        PROMOTE: f"Promoted {winner} over {held}",
        REFRESH: f"Refreshed {held} with data up to {comparison.data_until}",
        KEEP: f"Kept {held}",
    }[action]
    if reason == "champion_is_best":
        return f"{start}: the champion's own recipe is the {best_of}."
    return f"{start}: {_versus(comparison, checks[0])}{_why(checks, reason)}{_unjudged(checks)}."


def _versus(comparison: Comparison, primary: Check) -> str:
    shown = signed(primary.difference) if primary.difference else "not comparable"
    return f"{comparison.best} is {shown} {title(primary.measure)} against it"


def _why(checks: Sequence[Check], reason: str) -> str:
    primary, *others = checks
    if reason == "too_few_users":
        return f", but only {primary.users} users were judged; needed: {primary.needed}"
    if reason == "not_better":
        return ", and the lower bound of the interval is not above zero"
    if reason == "worse":
        failed = [check for check in others if check.outcome == FAILED]
        return "".join(f", but {_failure(check)}" for check in failed)
    passed = sum(check.outcome == PASSED for check in others)
    return f", the interval lies above zero, and nothing is worse by its margin ({passed} checks)"


def _failure(check: Check) -> str:
    shown = signed(check.difference) if check.difference else "unknown"
    return f"{shown} {title(check.measure)} ({check.needed} is needed)"


def _unjudged(checks: Sequence[Check]) -> str:
    names = [title(check.measure) for check in checks[1:] if check.outcome == NOT_JUDGED]
    return f"; not judged for want of users: {', '.join(names)}" if names else ""


def read_decision(folder: TrainingFolder) -> Decision:
    """Return what `aisle train gate` decided."""
    content = read_json(folder.decision, made_by=f"aisle train gate --run {folder.training_id}")
    bounds = content.pop("difference")
    checks = [_check(row) for row in content.pop("checks")]
    decided_at = datetime.fromisoformat(content.pop("decided_at"))
    return Decision(
        difference=bounds and Interval(**bounds), checks=checks, decided_at=decided_at, **content
    )


def _check(row: dict[str, object]) -> Check:
    bounds = row.pop("difference")
    return Check(difference=Interval(**bounds) if bounds else None, **row)  # type: ignore[arg-type]
