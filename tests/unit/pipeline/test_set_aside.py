import json

import pytest

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.load_raw import load_raw
from aisle.pipeline.set_aside import set_aside


def deliver(settings: Settings, name: str, user_id: str | None) -> None:
    record = {"message_id": "m1", "timestamp": "2026-01-02T03:04:05Z", "user_id": user_id}
    path = settings.landing / "events" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record) + "\n")
    load_raw(settings)


def test_an_event_set_aside_is_kept_and_its_correction_is_loaded(settings: Settings) -> None:
    deliver(settings, "a.jsonl", user_id=None)
    assert set_aside(settings, ["m1"], "no user") == 1
    deliver(settings, "b.jsonl", user_id="u1")
    with reader_connection(settings) as connection:
        assert connection.sql("select user_id from raw.events").fetchall() == [("u1",)]
        kept = connection.sql("select reason, original from raw.quarantine").fetchall()
    assert kept[0][0] == "no user"
    assert json.loads(kept[0][1])["message_id"] == "m1"


def test_an_id_that_is_not_there_is_named(settings: Settings) -> None:
    deliver(settings, "a.jsonl", user_id="u1")
    with pytest.raises(AisleError, match="m2"):
        set_aside(settings, ["m2"], "no user")
