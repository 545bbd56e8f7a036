"""Is there enough to train on: which kind of interaction a shop has, and how much of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.core.errors import AisleError
from aisle.core.item_events import ITEM_EVENTS
from aisle.core.windows import LEAST_HISTORY, Windows, windows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KINDS_QUERY = Path(__file__).with_name("readiness_kinds.sql")
WINDOWS_QUERY = Path(__file__).with_name("readiness_windows.sql")


@dataclass(frozen=True)
class Supply:
    """What a shop has of one kind of interaction, and the windows that fit it."""

    kind: str
    windows: Windows
    interactions: int
    users: int
    items: int
    hours: int  # from the first interaction to now
    known_before: int  # interactions before all windows
    judged_users: int  # with an interaction in a test window

    @property
    def needs(self) -> dict[str, tuple[int, int]]:
        """What there is and what is needed, by the words a person reads."""
        return {
            "interactions": (self.interactions, 100),
            "users": (self.users, 10),
            "items": (self.items, 10),
            "hours of history": (self.hours, LEAST_HISTORY),
            "interactions before the windows": (self.known_before, 20),
            "users in the test windows": (self.judged_users, 10),
        }

    @property
    def is_enough(self) -> bool:
        """Whether every number reaches its need."""
        return all(has >= needed for has, needed in self.needs.values())


def ready_supply(marts: "DuckDBPyConnection", as_of: datetime, horizon_days: float) -> Supply:
    """Return the strongest kind of interaction of which there is enough; refuse if there is none.

    The refusal shows the numbers of the kind there is most of.
    """
    found = supplies(marts, as_of, horizon_days)
    for supply in found:
        if supply.is_enough:
            return supply
    if not found:
        raise AisleError(
            "The marts hold no interaction to train on: import events that name an item "
            "(`aisle import`), load them (`aisle load-raw`) and publish."
        )
    raise AisleError(refusal(max(found, key=lambda supply: supply.interactions)))


def supplies(marts: "DuckDBPyConnection", as_of: datetime, horizon_days: float) -> list[Supply]:
    """Return what there is of each known kind, the strongest first."""
    found = marts.sql(KINDS_QUERY.read_text(), params={"as_of": as_of}).df()
    rows = {str(row["event"]): row for row in found.to_dict("records")}
    return [_supply(marts, as_of, rows[kind], horizon_days) for kind in ITEM_EVENTS if kind in rows]


def _supply(
    marts: "DuckDBPyConnection", as_of: datetime, row: dict[str, Any], horizon_days: float
) -> Supply:
    first_at = row["first_at"].to_pydatetime()
    cuts = windows(as_of, horizon_days, first_at=first_at)
    moments = {"validation": cuts.validation.cutoff, "first_test": cuts.tests[0].cutoff}
    asked = {"event": row["event"], "as_of": as_of, "until": cuts.end, **moments}
    counted = marts.execute(WINDOWS_QUERY.read_text(), asked).fetchone()
    known_before, judged_users = counted or (0, 0)
    return Supply(
        kind=str(row["event"]),
        windows=cuts,
        interactions=int(row["interactions"]),
        users=int(row["users"]),
        items=int(row["items"]),
        hours=int((cuts.end - first_at).total_seconds() // 3600),
        known_before=int(known_before),
        judged_users=int(judged_users),
    )


def numbers(supply: Supply) -> str:
    """Return every number there is and every number needed, as one sentence without its stop."""
    listed = "; ".join(
        f"{name}: {has:,}, needed {needed:,}" + ("" if has >= needed else " (too few)")
        for name, (has, needed) in supply.needs.items()
    )
    return listed[0].upper() + listed[1:]


def refusal(supply: Supply) -> str:
    """Return the one message with every number there is and every number needed."""
    return (
        f"Too little to train on ({supply.kind}). {numbers(supply)}. "
        "Import more history and train again; until then serving shows popular items."
    )
