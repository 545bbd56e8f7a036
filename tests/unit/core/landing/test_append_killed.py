"""A writer killed at random moments: what it acknowledged is there, once and whole."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from aisle.core.landing import landed_files
from aisle.core.landing.active_file import finish_abandoned

ROUNDS = 12
WRITER = """
import json, os, sys, threading
from pathlib import Path
from aisle.core.landing.append import LandingLog, LogOptions

log = LandingLog(
    Path(sys.argv[1]), "events", "killed", LogOptions(rotate_bytes=30_000, rotate_seconds=0.02)
)

def send(thread):
    for number in range(1_000_000):
        ids = [f"{sys.argv[2]}-{thread}-{number}-{one}" for one in range(10)]
        lines = b"".join(json.dumps({"id": id, "text": "x" * 200}).encode() + b"\\n" for id in ids)
        log.append(lines, 10).result(30)
        os.write(1, (" ".join(ids) + "\\n").encode())

for thread in range(4):
    threading.Thread(target=send, args=(thread,)).start()
"""


def run_and_kill(landing: Path, number: int, after_seconds: float) -> list[str]:
    """Return the ids that a writer had acknowledged when it was killed."""
    command = [sys.executable, "-c", WRITER, str(landing), str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        timer = threading.Timer(after_seconds, writer.send_signal, [signal.SIGKILL])
        timer.start()
        rest = writer.stdout.read()
    assert writer.returncode == -signal.SIGKILL
    # A line that the kill cut off was not told to anybody.
    whole = (first + rest).rpartition(b"\n")[0]
    return whole.decode().split()


def test_no_acknowledged_line_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    moments = random.Random(4)
    is_over = threading.Event()

    def finish_meanwhile() -> None:  # as a load that comes while collectors write
        while not is_over.wait(0.005):
            finish_abandoned(tmp_path)

    loader = threading.Thread(target=finish_meanwhile)
    loader.start()
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        acknowledged += run_and_kill(tmp_path, number, moments.uniform(0, 0.3))
    is_over.set()
    loader.join()
    finish_abandoned(tmp_path)
    files = landed_files(tmp_path, "events")
    landed = Counter(
        json.loads(line)["id"] for path in files for line in path.read_bytes().splitlines()
    )
    assert len(acknowledged) > 50 * ROUNDS
    assert set(acknowledged) <= set(landed)
    assert set(landed.values()) == {1}
    assert list(tmp_path.rglob("*.open")) == []
    assert [path for path in files if not os.path.getsize(path)] == []
