"""What it takes to replace a champion, as gate.yaml states it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from aisle.core.errors import AisleError
from training.metrics import CUTOFFS
from training.segments import HEAVY, LIGHT
from training.split import JUDGED, NEWCOMERS
from training.yaml_files import read_yaml

RULES = Path(__file__).with_name("gate.yaml")
COMPARED = tuple(f"{name}_at_{k}" for name in ("ndcg", "recall", "map") for k in CUTOFFS)


@dataclass(frozen=True)
class Measure:
    """One column of the per-user tables: a metric of a task, perhaps of one segment only."""

    name: str  # such as next_ndcg_at_10 or next_ndcg_at_10_light
    task: str
    metric: str
    segment: str | None = None


def measures_of(metrics: Iterable[str]) -> dict[str, Measure]:
    """Return the measures of all judged tasks by name: of all users, then of segments."""
    return {
        measure.name: measure
        for task in JUDGED
        for metric in metrics
        for measure in (
            Measure(f"{task}_{metric}", task, metric),
            *(
                Measure(f"{task}_{metric}_{segment}", task, metric, segment)
                for segment in (LIGHT, HEAVY)
                if task != NEWCOMERS
            ),
        )
    }


MEASURES = measures_of(COMPARED)


@dataclass(frozen=True)
class GateRules:
    """gate.yaml, checked."""

    primary: str
    primary_without_history: str
    fewest_users: int
    tie_margin: float
    non_inferiority: Mapping[str, float]  # margin by measure

    @property
    def measures(self) -> list[Measure]:
        """Everything the gate looks at, the primary metrics first."""
        names = [self.primary, self.primary_without_history, *self.non_inferiority]
        return [MEASURES[name] for name in dict.fromkeys(names)]


def load_rules(path: Path = RULES) -> GateRules:
    """Return the rules; a key or a metric that nobody knows is refused by name."""
    stated = read_yaml(path)
    known = [field.name for field in fields(GateRules)]
    if unknown := sorted(set(stated) - set(known)):
        raise AisleError(
            f"{path} has unknown keys {', '.join(map(repr, unknown))}: "
            f"it may say {', '.join(known)}."
        )
    if missing := [name for name in known if name not in stated]:
        raise AisleError(f"{path} does not say {', '.join(missing)}: add it, as in the repository.")
    rules = GateRules(**{**stated, "non_inferiority": stated["non_inferiority"] or {}})
    _check(rules, path)
    return rules


def _check(rules: GateRules, path: Path) -> None:
    _check_names(rules, path)
    _check_numbers(rules, path)


def _check_names(rules: GateRules, path: Path) -> None:
    for name in (rules.primary, rules.primary_without_history, *rules.non_inferiority):
        if name not in MEASURES:
            raise AisleError(
                f"{path} names the metric {name!r}, which the gate cannot judge: take a task "
                f"({', '.join(JUDGED)}), one of {', '.join(COMPARED)}, and perhaps _{LIGHT} or "
                f"_{HEAVY}, such as next_ndcg_at_10_{LIGHT}."
            )
    for key in ("primary", "primary_without_history"):
        measure = MEASURES[getattr(rules, key)]
        if measure.segment:
            raise AisleError(
                f"{path}: {key} is {measure.name!r}, a metric of {measure.segment} users only, and "
                f"rivals are ranked by all users: take {measure.task}_{measure.metric}, and guard "
                "the segment under non_inferiority."
            )


def _check_numbers(rules: GateRules, path: Path) -> None:
    limits: dict[str, Any] = {
        "fewest_users": rules.fewest_users,
        "tie_margin": rules.tie_margin,
        **rules.non_inferiority,
    }
    for name, value in limits.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise AisleError(f"{path}: {name} is {value!r}; it has to be a number of at least 0.")
