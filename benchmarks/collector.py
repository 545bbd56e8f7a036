"""How many events a collector makes durable in a second, beside a server that throws them away.

Both are the same program in processes of their own; load comes from a third. They take turns, so
that whatever else the machine does meets both. Latency is measured open loop at half the rate.
"""

import json
import logging
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from aisle.core.landing import landed_files
from aisle.runner.ports import free_port
from benchmarks.collector_load import EVENTS, KEY
from benchmarks.results import Row, at_least, at_most, report

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
ROUNDS = 5
DISK_SECONDS = 3.0
SECONDS = 4.0
STEADY_SECONDS = 15.0
CONNECTIONS = 16
STEADY_CONNECTIONS = 32
BATCH, FLOOR = "/v1/batch", "/floor"


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: psutil.Process
    port: int

    def cpu_seconds(self) -> float:
        """Return what it has used so far."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


def main() -> None:
    """Measure, report; exit non-zero when a bar does not hold."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="aisle-collector-") as folder, ExitStack() as stack:
        home = Path(folder)
        floor_command = [sys.executable, "-m", "benchmarks.collector_floor"]
        floor = stack.enter_context(_running(floor_command, home / "floor"))
        with _running([AISLE, "collect"], home / "collector") as collector:
            rows = list(_measured(collector, floor))
            acknowledged = rows.pop().value
            rows.append(_disk_alone(home / "disk", int(rows[-2].value)))
        rows.append(_nothing_lost(home / "collector" / "landing", acknowledged))
    if not report("collector", rows):
        raise SystemExit(1)


def _measured(collector: Server, floor: Server) -> Iterator[Row]:
    rounds = []
    for number in range(ROUNDS):
        kept, forgotten = _load(collector, BATCH, SECONDS), _load(floor, FLOOR, SECONDS)
        rounds.append((kept, forgotten))
        log.info("round %d: %.0f events/s, floor %.0f", number + 1, _rate(kept), _rate(forgotten))
    rate = statistics.median(_rate(kept) for kept, _ in rounds)
    yield at_least("events durable per second", rate, "events/s", 20_000)
    floor_rate = statistics.median(_rate(forgotten) for _, forgotten in rounds)
    yield Row("parsed and thrown away (the floor)", floor_rate, "events/s")
    shares = [_rate(kept) / _rate(forgotten) for kept, forgotten in rounds]
    yield at_least("share of the floor", statistics.median(shares), "", 0.5)
    yield Row("CPU of the collector", _cpu([kept for kept, _ in rounds]), "us/event")
    yield Row("CPU of the floor", _cpu([forgotten for _, forgotten in rounds]), "us/event")
    steady = _load(collector, BATCH, STEADY_SECONDS, rate / 2 / EVENTS)
    yield Row("rate of the latency run", _rate(steady), "events/s")
    yield Row("p50 of a batch at half the rate", steady["p50_ms"], "ms")
    yield at_most("p99 of a batch at half the rate", steady["p99_ms"], "ms", 50)
    yield Row("bytes of a batch", steady["body_bytes"], "bytes")
    sent = [*(kept for kept, _ in rounds), steady]
    refused = sum(one["refused"] for one in sent)
    yield at_most("batches refused", refused, "", 0)
    batches = sum(one["batches"] for one in sent) - refused
    yield Row("events acknowledged", batches * EVENTS, "events")


def _rate(loaded: dict[str, Any]) -> float:
    return float(loaded["batches"]) * EVENTS / float(loaded["seconds"])


def _cpu(loads: list[dict[str, Any]]) -> float:
    return statistics.median(one["cpu"] / one["batches"] / EVENTS * 1e6 for one in loads)


def _load(server: Server, path: str, seconds: float, rate: float | None = None) -> dict[str, Any]:
    connections = CONNECTIONS if rate is None else STEADY_CONNECTIONS
    command = [sys.executable, "-m", "benchmarks.collector_load", str(server.port), path]
    options = [str(seconds), str(connections), *([] if rate is None else [str(rate)])]
    before = server.cpu_seconds()
    ended = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    return {**json.loads(ended.stdout), "cpu": server.cpu_seconds() - before}


def _disk_alone(path: Path, batch_bytes: int) -> Row:
    """Return what the disk alone takes of one batch after the other, written and synced."""
    block, written, started = b"x" * batch_bytes, 0, time.perf_counter()
    with path.open("wb", buffering=0) as file:
        while time.perf_counter() - started < DISK_SECONDS:
            file.write(block)
            os.fsync(file.fileno())
            written += EVENTS
    seconds = time.perf_counter() - started
    return Row("the disk alone, a batch at a time", written / seconds, "events/s")


def _nothing_lost(landing: Path, acknowledged: float) -> Row:
    """Return how many acknowledged events are not in the landing zone after the end."""
    landed = sum(file.read_bytes().count(b"\n") for file in landed_files(landing, "events"))
    return at_most("acknowledged events that are not on disk", acknowledged - landed, "", 0)


@contextmanager
def _running(command: list[str], home: Path) -> Iterator[Server]:
    home.mkdir()
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    own = {
        "AISLE_HOME": str(home),
        "AISLE_COLLECTOR_PORT": str(port),
        "AISLE_WRITE_KEYS": f"shop={KEY}",
    }
    with (home / "log").open("wb") as file:
        process = subprocess.Popen(command, env=inherited | own, stdout=file, stderr=file)
    try:
        _wait_until_ready(port, process, home / "log")
        yield Server(psutil.Process(process.pid), port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log_file: Path) -> None:
    deadline = time.monotonic() + 60
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
    raise RuntimeError(f"it does not start: {log_file.read_text()}")


if __name__ == "__main__":
    main()
