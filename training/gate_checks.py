"""The rivals that may replace the champion, best first, and the checks each has to pass."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.bootstrap import Interval
from training.compare import Comparison
from training.gate_rules import GateRules
from training.wording import signed, title

PASSED, FAILED, NOT_JUDGED = "passed", "failed", "not judged"


@dataclass(frozen=True)
class Check:
    """One condition of a promotion. `difference` is a rival minus the champion's recipe."""

    measure: str
    difference: Interval | None
    needed: str
    users: int
    outcome: str  # passed | failed | not judged


@dataclass(frozen=True)
class Challenger:
    """A rival and its checks, the primary one first; none where there is nothing to check."""

    recipe: str
    checks: list[Check]

    @property
    def missed(self) -> list[Check]:
        """The checks that keep it from promotion; only the primary one has to be judged."""
        failed = [check for check in self.checks if check.outcome == FAILED]
        primary = [check for check in self.checks[:1] if check.outcome == NOT_JUDGED]
        return primary + failed


def first_to_pass(comparison: Comparison, rules: GateRules) -> tuple[Challenger, list[Challenger]]:
    """Return the best rival that misses no check, and the better ones that do.

    Where each misses one: the best rival, and the others. Intervals hold for all pairs of rivals
    at once, so trying one after the other makes no false winner.
    """
    tried: list[Challenger] = []
    for challenger in challengers(comparison, rules):
        if not challenger.missed:
            return challenger, tried
        tried.append(challenger)
    return tried[0], tried[1:]


def challengers(comparison: Comparison, rules: GateRules) -> Iterator[Challenger]:
    """Yield the best rival and all that are more than a tie above the champion's recipe.

    There is nothing to check without a champion, or if its own recipe is the best.
    """
    best, champion = comparison.best, comparison.champion_recipe
    if champion is None or champion == best:
        yield Challenger(best, [])
        return
    equal = _mean(comparison, champion) + rules.tie_margin
    for rival in comparison.rivals:
        if rival.recipe == best or _mean(comparison, rival.recipe) > equal:
            yield Challenger(rival.recipe, checks_of(comparison, rules, rival.recipe))


def _mean(comparison: Comparison, recipe: str) -> float:
    return comparison.rival(recipe).metrics[comparison.primary].mean


def checks_of(comparison: Comparison, rules: GateRules, recipe: str) -> list[Check]:
    """Return the checks of a rival against the champion's recipe, the primary one first."""
    differences = comparison.rival(recipe).differences

    def check(measure: str, least: float, needed: str) -> Check:
        difference, users = differences.get(measure), comparison.users[measure]
        if users < rules.fewest_users or difference is None:
            return Check(measure, difference, needed, users, NOT_JUDGED)
        outcome = PASSED if difference.low > least else FAILED
        return Check(measure, difference, needed, users, outcome)

    enough = f"lower bound above 0 with at least {rules.fewest_users} users"
    return [check(comparison.primary, 0, enough)] + [
        check(measure, -margin, f"lower bound above -{margin}")
        for measure, margin in rules.non_inferiority.items()
        if measure != comparison.primary
    ]


def failures(challenger: Challenger) -> str:
    """Return every check that keeps a rival from promotion, in words."""
    return " and ".join(failure(check) for check in challenger.missed)


def failure(check: Check) -> str:
    """Return what a check found and what it needed, in words."""
    shown = signed(check.difference) if check.difference else "unknown"
    return f"{shown} {title(check.measure)} ({check.needed} is needed)"
