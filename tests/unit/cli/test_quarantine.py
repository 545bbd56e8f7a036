import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.collector.judging import Judge
from aisle.collector.receipts import Receipt
from aisle.collector.records import encoder
from aisle.core.landing.append import LandingLog
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection

RECEIVED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OWN_PLAN = "events: {Product Viewed: {}}"


def collect(settings: Settings, **fields: object) -> str:
    """Judge an event as the collector does; return where it went."""
    event = {"type": "track", "timestamp": "2026-01-02T03:04:00Z", **fields}
    verdict = Judge.configured(settings).judge(
        json.dumps(event).encode(), Receipt("shop", RECEIVED)
    )
    kind = "quarantine" if hasattr(verdict, "reason") else "events"
    log = LandingLog(settings.landing, kind, "test")
    log.append(encoder.encode(verdict) + b"\n", 1).result(10)
    log.close()
    return kind


def said(*command: str) -> str:
    result = CliRunner().invoke(app, list(command))
    assert result.exit_code == 0, result.output
    return result.output


def users(settings: Settings) -> list[tuple[object, ...]]:
    with reader_connection(settings) as connection:
        query = "select message_id, user_id, received_at from raw.events order by 1"
        return connection.execute(query).fetchall()


def test_a_mended_plan_and_a_replay_bring_the_refused_events_back(settings: Settings) -> None:
    for number in (1, 2):
        view = {"messageId": f"m{number}", "userId": "u1", "event": "Product Viewed"}
        assert collect(settings, **view) == "quarantine"
    assert collect(settings, messageId="m3", userId="u1") == "quarantine"
    assert "2 still refused: no product_id" in said("quarantine", "replay")
    (settings.root / "tracking_plan.yaml").write_text(OWN_PLAN)
    told = said("quarantine", "replay")
    assert "1 still refused: no event name" in told
    assert "Landed 2 events in" in told
    assert "Nothing to replay" in said("quarantine", "replay")
    assert "2 loaded" in said("load-raw")
    received = RECEIVED.replace(tzinfo=None)
    assert users(settings) == [("m1", "u1", received), ("m2", "u1", received)]
    shown = json.loads(said("quarantine", "--json"))
    assert shown["summary"] == [{"kind": "events", "reason": "no event name", "rows": 1}]
    assert len(json.loads(said("quarantine", "--json", "--all"))["rows"]) == 3


def test_a_hashed_user_is_the_same_after_a_replay(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_COLLECTOR_HASH_FIELDS", "userId")
    monkeypatch.setenv("AISLE_HASH_KEY", "a secret of the shop, long enough")
    settings = Settings()
    view = {"userId": "ada@example.org", "event": "Product Viewed"}
    assert collect(settings, messageId="m1", **view, properties={"product_id": "p"}) == "events"
    assert collect(settings, messageId="m2", **view) == "quarantine"
    (settings.root / "tracking_plan.yaml").write_text(OWN_PLAN)
    said("quarantine", "replay")
    said("load-raw")
    (_, first, _), (_, second, _) = users(settings)
    assert first == second != "ada@example.org"
    assert "ada" not in said("quarantine", "--json", "--all")


def test_with_nothing_refused_there_is_nothing_to_replay(settings: Settings) -> None:
    assert "Nothing to replay" in said("quarantine", "replay")
    assert not settings.root.exists() or not list(settings.root.rglob("*.duckdb"))
