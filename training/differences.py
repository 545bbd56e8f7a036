"""Every rival against one reference, user by user, on every measure the gate looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from aisle.core.errors import AisleError
from training.bootstrap import Interval, simultaneous_differences
from training.gate_rules import Measure


@dataclass(frozen=True)
class Differences:
    """Rival - reference by rival; empty if nobody was judged."""

    users: int
    by_rival: Mapping[str, Interval]


def differences(
    per_user: Mapping[str, pd.DataFrame], measures: Sequence[Measure], reference: str
) -> dict[str, Differences]:
    """Return the differences by the measure's name; `per_user` are the rivals' tables."""
    found = {}
    for measure in measures:
        table = values(per_user, measure)
        by_rival = simultaneous_differences(table, reference) if len(table) > 1 else {}
        found[measure.name] = Differences(len(table), by_rival)
    return found


def values(per_user: Mapping[str, pd.DataFrame], measure: Measure) -> pd.DataFrame:
    """Return users x rivals: each user's mean over the windows."""
    columns = {rival: _by_user(rows, measure) for rival, rows in per_user.items()}
    first = next(iter(columns.values()))
    for rival, column in columns.items():
        if not column.index.equals(first.index):
            raise AisleError(
                f"Cannot compare {measure.name}: {rival} was judged on other users than "
                f"{next(iter(columns))} ({column.size} and {first.size}). Judge all rivals on the "
                "same snapshot (`aisle train fit`)."
            )
    return pd.DataFrame(columns)


def _by_user(rows: pd.DataFrame, measure: Measure) -> "pd.Series[float]":
    is_asked = rows["task"] == measure.task
    if measure.segment:
        is_asked &= rows["segment"] == measure.segment
    return rows[is_asked].groupby("user_id", sort=True)[measure.metric].mean()
