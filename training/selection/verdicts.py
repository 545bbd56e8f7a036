"""What a selection is asked for, and what it says about each feature."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aisle.core.errors import AisleError
from aisle.core.windows import Window
from training.selection.importance import Importance
from training.selection.joined import Feature

FEWEST_USERS = 10
LEAST = {"users": FEWEST_USERS, "judged_users": FEWEST_USERS, "trees": 1, "repeats": 1}


@dataclass(frozen=True)
class Request:
    """What a selection is asked for."""

    users: int = 1500  # the probe is fitted on
    judged_users: int = 600  # importance is measured on
    trees: int = 80
    repeats: int = 5  # shuffles of each feature
    redundant_at: float = 0.95  # rank correlation from which two features are one
    noise: float = 2.5  # standard errors that an importance has to exceed
    seed: int = 7

    def __post_init__(self) -> None:
        wrong = [name for name, least in LEAST.items() if getattr(self, name) < least]
        wrong += [name for name in ("noise", "seed") if getattr(self, name) < 0]
        wrong += ["redundant_at"] if not 0 < self.redundant_at <= 1 else []
        if wrong:
            raise AisleError(
                f"Out of range: {', '.join(wrong)}. At least {FEWEST_USERS} users, one tree and "
                "one repeat; noise and seed not negative; redundant-at above 0 and at most 1."
            )


@dataclass(frozen=True)
class Verdict:
    """What was found about one feature."""

    feature: Feature
    importance: Importance
    is_kept: bool
    redundant_with: str | None  # the one that stays for it, as view:name

    @property
    def row(self) -> dict[str, Any]:
        """The verdict as features.json states it."""
        return {
            "feature": self.feature.name,
            "view": self.feature.view,
            "entity": self.feature.entity,
            "importance": self.importance.mean,
            "standard_error": self.importance.standard_error,
            "kept": self.is_kept,
            "redundant_with": self.redundant_with,
        }


@dataclass(frozen=True)
class Selection:
    """All verdicts, the most important first, and what they rest on."""

    request: Request
    kind: str
    as_of: datetime
    windows: tuple[Window, Window]  # fitted on, judged on
    verdicts: list[Verdict]
    quality: Mapping[str, float]  # NDCG@10 on the later window, by which features the probe has
    rows: tuple[int, int]
    left_out: Mapping[str, str]

    @property
    def document(self) -> dict[str, Any]:
        """The selection as features.json states it."""
        fitted, judged = self.windows
        return {
            "as_of": self.as_of.isoformat(),
            "interactions": self.kind,
            "fitted_on": [fitted.cutoff.isoformat(), fitted.end.isoformat()],
            "measured_on": [judged.cutoff.isoformat(), judged.end.isoformat()],
            "rows": {"fitted": self.rows[0], "measured": self.rows[1]},
            "measure": "loss of NDCG@10 of users' candidates when the feature is shuffled",
            "request": asdict(self.request),
            "ndcg_at_10": dict(self.quality),
            "features": [verdict.row for verdict in self.verdicts],
            "left_out": dict(self.left_out),
        }
