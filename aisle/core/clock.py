"""The one clock: what "now" is for models, checks, features and splits (`AISLE_NOW`)."""

from datetime import UTC, datetime, timedelta

from aisle.core.errors import AisleError


def as_of(now: str, last_event_at: datetime | None) -> datetime:
    """Return "now" as naive UTC: the last event (`data`) or the machine's clock (`wall`)."""
    if now == "wall":
        return wall_clock()
    if last_event_at is None:
        raise AisleError(
            "AISLE_NOW=data takes the last event as now, and there is no event yet: "
            "load data first (`aisle sample`, then `aisle load-raw`) or set AISLE_NOW=wall."
        )
    return last_event_at


def wall_clock() -> datetime:
    """Return the machine's time as naive UTC. Only for stamps such as `loaded_at`."""
    return datetime.now(UTC).replace(tzinfo=None)


def next_full_hour(moment: datetime) -> datetime:
    """Return the first full hour after `moment`, where evaluation windows end.

    Never `moment` itself: windows leave their end out, and what happened just now belongs in.
    """
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
