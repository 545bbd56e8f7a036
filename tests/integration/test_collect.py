"""The command `aisle collect` as people start it: its key is shown, its end leaves whole files."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from aisle.core.landing import landed_files
from aisle.core.settings import Settings

AISLE = str(Path(sys.executable).with_name("aisle"))
EVENT = {"type": "track", "event": "Signed Up", "userId": "u-1", "messageId": "m-1"}


def test_what_it_prints_is_enough_to_send(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AISLE_COLLECTOR_PORT", "0")
    settings.root.mkdir(parents=True)
    printed = settings.root.parent / "printed"
    with printed.open("wb") as file:
        process = subprocess.Popen([AISLE, "collect"], stdout=file, stderr=file)
    try:
        address, key = _shown(process, printed)
        with httpx.Client(base_url=address, auth=(key, ""), trust_env=False) as client:
            assert client.get("/readyz").status_code == 200
            answer = client.post("/v1/batch", json={"batch": [EVENT, {}]})
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)  # it takes its leave, then obeys
    [events] = landed_files(settings.landing, "events")
    [refused] = landed_files(settings.landing, "quarantine")
    assert json.loads(events.read_text())["message_id"] == "m-1"
    assert json.loads(refused.read_text())["reason"] == "no type"
    told = [json.loads(line) for line in printed.read_text().splitlines() if line.startswith("{")]
    assert [line["message"] for line in told] == ["events quarantined"]
    assert "u-1" not in printed.read_text()


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("AISLE_WRITE_KEYS", "shop", "AISLE_WRITE_KEYS is `source=key,source=key`"),
        ("AISLE_COLLECTOR_HASH_FIELDS", "userId", "needs AISLE_HASH_KEY"),
        ("AISLE_COLLECTOR_IP", "forget", "AISLE_COLLECTOR_IP=forget"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
):
    monkeypatch.setenv(setting, value)
    ended = subprocess.run([AISLE, "collect"], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def _shown(process: "subprocess.Popen[bytes]", printed: Path) -> tuple[str, str]:
    """Return the address and the key that it printed, once it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"collects on (\S+) .*\nWrite key of shop: (\S+)", printed.read_text())
        if found and _answers(found[1]):
            return found[1], found[2]
        time.sleep(0.1)
    raise AssertionError(printed.read_text())


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
