import base64
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from aisle.core.landing import landed_files
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline import replay as module
from aisle.pipeline.load_raw import load_raw
from aisle.pipeline.quarantine import Wanted, open_quarantine
from aisle.pipeline.replay import replay

RECEIVED = "2026-01-02T03:04:05Z"


def refuse(settings: Settings, *originals: bytes, name: str = "a", reason: str = "no name") -> None:
    """Land events as a collector does that refuses them."""
    path = settings.landing / f"quarantine/collector/date=2026-01-02/hour=03/{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for original in originals:
        record = {
            "kind": "events", "reason": reason, "source": "shop", "received_at": RECEIVED,
            "original": original.decode(errors="replace"),
            "original_base64": base64.b64encode(original).decode(),
        }  # fmt: skip
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n")


def judge(
    original: bytes, source: str, received_at: datetime, envelope: str | None = None
) -> bytes | str:
    """Accept what is an id of its own; refuse what begins with `bad`."""
    if original.startswith(b"bad"):
        return f"still bad: {original.decode()}"
    stamp = received_at.isoformat()
    record = {"message_id": original.decode(errors="replace"), "source": source,
              "timestamp": stamp, "received_at": stamp}  # fmt: skip
    return json.dumps(record).encode() + b"\n"


def loaded(settings: Settings) -> list[str]:
    with reader_connection(settings) as connection:
        found = connection.execute("select message_id from raw.events order by 1").fetchall()
    return [row[0] for row in found]


def listed(settings: Settings, **wanted: bool) -> list[str]:
    with open_quarantine(settings, Wanted(**wanted)) as found:  # type: ignore[arg-type]
        return [row.original for row in found.first(99)]


def test_what_is_good_now_lands_once_and_the_rest_stays(settings: Settings) -> None:
    refuse(settings, b"m1", b"bad 1", b"m2", b"bad 2")
    done = replay(settings, judge)
    assert (done.landed, done.still_refused) == (2, {"still bad": 2})
    load_raw(settings)
    assert loaded(settings) == ["m1", "m2"]
    assert replay(settings, judge).landed == 0
    assert load_raw(settings).files == 0
    assert listed(settings) == ["bad 1", "bad 2"]
    assert listed(settings, also_replayed=True) == ["m1", "bad 1", "m2", "bad 2"]


def test_source_and_time_of_receipt_are_those_of_the_first_time(settings: Settings) -> None:
    seen = []

    def note(original: bytes, source: str, received_at: datetime, envelope: str | None) -> str:
        seen.append((original, source, received_at, envelope))
        return "no"

    refuse(settings, b"\xff\x00")
    replay(settings, note)
    assert seen == [(b"\xff\x00", "shop", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None)]


def test_only_a_reason_is_replayed_and_only_so_many(settings: Settings) -> None:
    refuse(settings, b"bad 1", b"m1", b"m2", b"m3", reason="no product_id: x")
    refuse(settings, b"other", name="b")
    assert replay(settings, judge, "PRODUCT_ID", limit=2).landed == 2
    assert replay(settings, judge, "product_id", limit=2).landed == 1
    load_raw(settings)
    assert loaded(settings) == ["m1", "m2", "m3"]
    assert sorted(listed(settings)) == ["bad 1", "other"]


def test_what_an_import_refused_is_not_replayed(settings: Settings) -> None:
    path = settings.landing / "quarantine" / "import-1.jsonl"
    path.parent.mkdir(parents=True)
    row = {
        "kind": "events",
        "source_file": "e.csv",
        "line_number": 1,
        "reason": "r",
        "original": "m",
    }
    path.write_text(json.dumps(row) + "\n")
    assert replay(settings, judge).landed == 0


def test_an_empty_workspace_stays_empty(settings: Settings) -> None:
    assert replay(settings, judge).landed == 0
    assert not settings.warehouse.exists()


def test_an_event_that_its_sender_repaired_meanwhile_is_loaded_once(settings: Settings) -> None:
    refuse(settings, b"m1")
    path = settings.landing / "events" / "a.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(judge(b"m1", "shop", datetime.now(UTC)))  # type: ignore[arg-type]
    load_raw(settings)
    assert replay(settings, judge).landed == 1
    load_raw(settings)
    assert loaded(settings) == ["m1"]


def test_new_columns_are_not_needed_to_list_what_is_quarantined(settings: Settings) -> None:
    refuse(settings, b"bad 1")
    assert listed(settings) == ["bad 1"]  # before any load
    load_raw(settings)
    assert listed(settings) == ["bad 1"]


def test_waiting_events_are_listed_with_their_file_and_line(settings: Settings) -> None:
    refuse(settings, b"bad 1", b"bad 2")
    with open_quarantine(settings, Wanted()) as found:
        waiting = [(row.source_file, row.line_number, row.reason) for row in found.first(9)]
    load_raw(settings)
    with open_quarantine(settings, Wanted()) as found:
        assert waiting == [(r.source_file, r.line_number, r.reason) for r in found.first(9)]


KILLED = """
import os, signal, sys
from aisle.core.settings import Settings
from aisle.pipeline import replay as module
from aisle.core.landing import zone
from tests.unit.pipeline.test_replay import judge

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

place = sys.argv[1]
if place == "judge":
    seen = []
    good = judge
    def judge(*arguments):
        seen.append(arguments)
        return kill() if len(seen) == 3 else good(*arguments)
elif place == "landing":
    zone._move_durably = kill
else:
    module._mark = kill
module.replay(Settings(), judge)
"""


@pytest.mark.parametrize("place", ["judge", "landing", "marking"])
@pytest.mark.parametrize("is_loaded_between", [False, True])
def test_a_kill_and_a_rerun_neither_lose_nor_double_an_event(
    settings: Settings, place: str, is_loaded_between: bool
) -> None:
    refuse(settings, b"m1", b"bad 1", b"m2", b"m3")
    ended = subprocess.run([sys.executable, "-c", KILLED, place], check=False, env=dict(os.environ))
    assert ended.returncode == -signal.SIGKILL
    if is_loaded_between:
        load_raw(settings)
    refuse(settings, b"m4", name="b")  # the second file differs from the first
    replay(settings, judge)
    load_raw(settings)
    assert loaded(settings) == ["m1", "m2", "m3", "m4"]
    assert replay(settings, judge).landed == 0
    assert listed(settings) == ["bad 1"]


def test_a_judge_that_gives_no_line_lands_nothing(settings: Settings) -> None:
    refuse(settings, b"m1", b"m2")
    with pytest.raises(ValueError, match="not one line"):
        replay(settings, lambda *_: b"{}")
    assert landed_files(settings.landing, "events") == []
    assert module.replay(settings, judge).landed == 2
