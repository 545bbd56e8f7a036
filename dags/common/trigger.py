"""What started this chain: timed DAGs follow `AISLE_SCHEDULES`, and Asset events remember it."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from common.assets import DECISION


def timetable(cron: str) -> str | None:
    """Return the cron line when `AISLE_SCHEDULES=on`, else None: started by hand only."""
    return cron if os.environ.get("AISLE_SCHEDULES", "off") == "on" else None


def is_scheduled(context: dict[str, Any]) -> bool:
    """Return whether a timetable started the chain; one event made by hand makes it by hand."""
    if context["dag_run"].run_type == "scheduled":
        return True
    extras = [event.extra or {} for event in _triggering_events(context)]
    return bool(extras) and all(extra.get("scheduled", False) for extra in extras)


def pass_on_scheduled(context: dict[str, Any], result: object = None) -> None:
    """Write into the Asset events of this task whether its chain was scheduled."""
    for asset in context["task"].outlets:
        context["outlet_events"][asset].extra = {"scheduled": is_scheduled(context)}


def skip_if_decided_today(context: dict[str, Any]) -> None:
    """Skip a scheduled training when the gate decided within the last day; by hand it runs."""
    if not is_scheduled(context):
        return
    decisions = context["inlet_events"][DECISION]
    latest = max((event.timestamp for event in decisions), default=None)
    if latest is not None and datetime.now(UTC) - latest < timedelta(days=1):
        raise AirflowSkipException(f"The gate decided at {latest:%Y-%m-%d %H:%M} UTC.")


def _triggering_events(context: dict[str, Any]) -> Iterator[Any]:
    for events in context["triggering_asset_events"].values():
        yield from events
