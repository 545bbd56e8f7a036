"""Decide whether the best rival becomes the champion: only evidence promotes."""

from dataclasses import asdict, dataclass
from datetime import datetime

from aisle.core.clock import wall_clock
from aisle.core.files import write_json
from training.bootstrap import Interval, paired_difference
from training.compare import PRIMARY, Comparison, read_comparison, with_bounds
from training.folder import TrainingFolder, read_json
from training.results import read_per_user

PROMOTE, REFRESH, KEEP = "promote", "refresh", "keep"
FEWEST_USERS = 30  # judged, below which a champion is not replaced
TASK, METRIC = "next", "ndcg_at_10"  # the primary metric as the per-user tables name it


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
    reason: str  # first_champion | better | not_better | too_few_users | champion_is_best
    sentence: str
    snapshot_id: str
    training_id: str
    decided_at: datetime


def decide(folder: TrainingFolder) -> Decision:
    """Return and keep the gate's decision on a compared training."""
    comparison = read_comparison(folder)
    difference = _difference(folder, comparison)
    users = _judged_users(folder, comparison)
    decision = judge(comparison, difference, folder.training_id, users=users)
    write_json(folder.decision, asdict(decision) | {"decided_at": decision.decided_at.isoformat()})
    return decision


def _difference(folder: TrainingFolder, comparison: Comparison) -> Interval | None:
    champion = comparison.champion_recipe
    if champion is None or champion == comparison.best:
        return None
    winner = read_per_user(folder, comparison.best)
    return paired_difference(winner, read_per_user(folder, champion), METRIC, task=TASK)


def _judged_users(folder: TrainingFolder, comparison: Comparison) -> int:
    per_user = read_per_user(folder, comparison.best)
    return int((per_user["task"] == TASK).sum())


def judge(
    comparison: Comparison, difference: Interval | None, training_id: str, *, users: int
) -> Decision:
    """Return what the evidence of so many judged users says.

    Promote only if the interval lies above zero, and if there are users enough for the
    bootstrap to mean anything: with one user the interval has no width at all.
    """
    reason = _reason(comparison, difference, users)
    return Decision(
        action=PROMOTE if reason in {"first_champion", "better"} else KEEP,
        register=comparison.best if reason in {"first_champion", "better"} else None,
        winner=comparison.best,
        champion=comparison.champion_recipe,
        champion_version=comparison.champion_version,
        metric=PRIMARY,
        difference=difference,
        reason=reason,
        sentence=_sentence(reason, comparison, difference, users),
        users=users,
        snapshot_id=comparison.snapshot_id,
        training_id=training_id,
        decided_at=wall_clock(),
    )


def _reason(comparison: Comparison, difference: Interval | None, users: int) -> str:
    if comparison.champion_recipe is None:
        return "first_champion"
    if comparison.best == comparison.champion_recipe or difference is None:
        return "champion_is_best"
    if users < FEWEST_USERS:
        return "too_few_users"
    return "better" if difference.low > 0 else "not_better"


def _sentence(reason: str, comparison: Comparison, difference: Interval | None, users: int) -> str:
    winner, version = comparison.best, comparison.champion_version
    shown = f"next NDCG@10 {with_bounds(comparison.rival(winner).metrics[PRIMARY])}"
    count = len(comparison.rivals)
    if reason == "first_champion":
        return f"Promoted {winner}: first champion, best of {count} rivals with {shown}."
    if difference is None:
        return (
            f"Kept version {version} ({winner}): the champion's own recipe is the best of "
            f"{count} rivals with {shown}."
        )
    versus = f"{winner} is {signed(difference)} next NDCG@10 against it"
    champion = comparison.champion_recipe
    if reason == "better":
        return (
            f"Promoted {winner} over version {version} ({champion}): {versus}, "
            "and the interval lies above zero."
        )
    if reason == "too_few_users":
        return (
            f"Kept version {version} ({champion}): {versus}, but only {users} users bought in the "
            f"test weeks; at least {FEWEST_USERS} are needed to replace a champion."
        )
    return (
        f"Kept version {version} ({champion}): {versus}, "
        "and the lower bound of the interval is not above zero."
    )


def signed(difference: Interval) -> str:
    """Return a difference with its sign and bounds: +.0005 [-.0010, +.0021]."""
    mean, low, high = (
        f"{value:+.4f}".replace("0.", ".", 1)
        for value in (difference.mean, difference.low, difference.high)
    )
    return f"{mean} [{low}, {high}]"


def read_decision(folder: TrainingFolder) -> Decision:
    """Return what `aisle train gate` decided."""
    content = read_json(folder.decision, made_by=f"aisle train gate --run {folder.training_id}")
    bounds = content.pop("difference")
    decided_at = datetime.fromisoformat(content.pop("decided_at"))
    return Decision(difference=bounds and Interval(**bounds), decided_at=decided_at, **content)
