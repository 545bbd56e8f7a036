"""How many events a collector makes durable in a second, beside servers that throw them away.

All are the same program in processes of their own; load comes from a third. They take turns, so
that whatever else the machine does meets all. Latency is measured open loop at half the rate.
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
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from aisle.core.landing import landed_files
from aisle.runner.ports import free_port
from benchmarks.collector_floor import FLOOR, OBJECTS_FLOOR
from benchmarks.collector_load import EVENTS, KEY
from benchmarks.results import Row, at_least, at_most, report

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
ROUNDS = 9
DISK_SECONDS = 3.0
SECONDS = 2.5
STEADY_SECONDS = 15.0
CONNECTIONS = 16
STEADY_CONNECTIONS = 32
BATCH = "/v1/batch"
PROMISED = 20_000  # events a second

Loaded = dict[str, Any]  # what a run of the load generator printed, and the CPU seconds it cost


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
    yield Row("load of the machine before", os.getloadavg()[0], "processes")
    rounds = [_round(number, collector, floor) for number in range(ROUNDS)]
    kept, forgotten, read = zip(*rounds, strict=True)
    rate = _rate(kept)
    yield at_least("events durable per second", rate, "events/s", PROMISED)
    yield Row("parsed into objects and thrown away (the floor)", _rate(read), "events/s")
    yield at_least("share of the floor", _share(kept, read), "", 0.5)
    yield Row("checked as JSON and thrown away", _rate(forgotten), "events/s")
    yield at_least("share of checking", _share(kept, forgotten), "", 0.5)
    yield Row("CPU of the collector", _cpu(kept), "us/event")
    yield Row("CPU of checking", _cpu(forgotten), "us/event")
    yield Row("CPU of the floor", _cpu(read), "us/event")
    half = _load(collector, BATCH, STEADY_SECONDS, rate / 2 / EVENTS)
    yield from _latency(half, "half the rate")
    promised = _load(collector, BATCH, STEADY_SECONDS, PROMISED / 2 / EVENTS)
    yield from _latency(promised, "half the promised rate")
    yield Row("bytes of a batch", half["body_bytes"], "bytes")
    sent = [*kept, half, promised]
    refused = sum(one["refused"] for one in sent)
    yield at_most("batches refused", refused, "", 0)
    batches = sum(one["batches"] for one in sent) - refused
    yield Row("events acknowledged", batches * EVENTS, "events")


def _round(number: int, collector: Server, floor: Server) -> tuple[Loaded, Loaded, Loaded]:
    """Let the three take turns."""
    loads = (
        _load(collector, BATCH, SECONDS),
        _load(floor, FLOOR, SECONDS),
        _load(floor, OBJECTS_FLOOR, SECONDS),
    )
    log.info("round %d: %s events/s", number + 1, [round(_rate([one])) for one in loads])
    return loads


def _latency(loaded: Loaded, name: str) -> Iterator[Row]:
    yield Row(f"events sent at {name}", _rate([loaded]), "events/s")
    yield Row(f"p50 of a batch at {name}", loaded["p50_ms"], "ms")
    yield at_most(f"p99 of a batch at {name}", loaded["p99_ms"], "ms", 50)


def _rate(loads: Iterable[Loaded]) -> float:
    return statistics.median(one["batches"] * EVENTS / one["seconds"] for one in loads)


def _share(loads: Iterable[Loaded], floors: Iterable[Loaded]) -> float:
    """Return the median of the rounds: what else the machine did in one met both of its sides."""
    pairs = zip(loads, floors, strict=True)
    return statistics.median(_rate([one]) / _rate([floor]) for one, floor in pairs)


def _cpu(loads: Iterable[Loaded]) -> float:
    return statistics.median(one["cpu"] / one["batches"] / EVENTS * 1e6 for one in loads)


def _load(server: Server, path: str, seconds: float, rate: float | None = None) -> Loaded:
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
