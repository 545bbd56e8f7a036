"""What started a chain, and what follows from it."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from common.assets import DECISION, RAW
from common.trigger import is_scheduled, pass_on_scheduled, skip_if_decided_today, timetable


def _context(run_type: str, *extras: dict, decided_at: datetime | None = None) -> dict:
    decisions = [SimpleNamespace(timestamp=decided_at)] if decided_at else []
    return {
        "dag_run": SimpleNamespace(run_type=run_type),
        "triggering_asset_events": {RAW: [SimpleNamespace(extra=extra) for extra in extras]},
        "task": SimpleNamespace(outlets=[RAW]),
        "outlet_events": defaultdict(SimpleNamespace),
        "inlet_events": {DECISION: decisions},
    }


@pytest.mark.parametrize(
    ("run_type", "extras", "scheduled"),
    [
        ("scheduled", [], True),
        ("manual", [], False),
        ("asset_triggered", [{"scheduled": True}], True),
        ("asset_triggered", [{"scheduled": True}, {"scheduled": False}], False),
        ("asset_triggered", [{}], False),
    ],
)
def test_a_chain_is_scheduled_when_every_event_that_started_it_was(run_type, extras, scheduled):
    context = _context(run_type, *extras)
    assert is_scheduled(context) is scheduled
    pass_on_scheduled(context)
    assert context["outlet_events"][RAW].extra == {"scheduled": scheduled}


@pytest.mark.parametrize("age", [timedelta(minutes=1), timedelta(hours=23)])
def test_a_scheduled_training_is_skipped_within_a_day_of_the_last_decision(age: timedelta):
    context = _context("asset_triggered", {"scheduled": True}, decided_at=datetime.now(UTC) - age)
    with pytest.raises(AirflowSkipException):
        skip_if_decided_today(context)


@pytest.mark.parametrize(
    "context",
    [
        _context("asset_triggered", {"scheduled": True}),
        _context(
            "asset_triggered",
            {"scheduled": True},
            decided_at=datetime.now(UTC) - timedelta(hours=25),
        ),
        _context("asset_triggered", {"scheduled": False}, decided_at=datetime.now(UTC)),
        _context("manual", decided_at=datetime.now(UTC)),
    ],
    ids=["never decided", "decided yesterday", "chain by hand", "training by hand"],
)
def test_other_trainings_run(context: dict):
    skip_if_decided_today(context)


def test_timed_dags_wait_for_a_hand_unless_schedules_are_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AISLE_SCHEDULES", raising=False)
    assert timetable("*/15 * * * *") is None
    monkeypatch.setenv("AISLE_SCHEDULES", "on")
    assert timetable("*/15 * * * *") == "*/15 * * * *"
