"""How long one user's features take online, on SQLite and Redis, and a join of a million rows.

Builds the whole sample shop in a workspace of its own, brings its features online in both stores
and measures in processes of their own. `python -m benchmarks.online FOLDER` takes a workspace that
is built already.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.results import Row, at_least, at_most, report
from tests.integration.online_stores import running_redis

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
BUILD = (
    "sample",
    "load-raw",
    "fix-ceiling --build b1",
    "check raw --build b1",
    "transform --build b1",
    "check marts --build b1",
    "publish --build b1",
)
SERVICES = ("recommender_v1", "recommender_v2")
READ_MS, CLICK_MS, JOIN_SECONDS, GIB = 2.0, 100.0, 30.0, 2**30


def main() -> None:
    """Measure, report; exit non-zero when a bar does not hold."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="aisle-online-") as folder:
        given = sys.argv[1:]
        home = Path(given[0]) if given else Path(folder) / "home"
        if not given:
            for command in BUILD:
                run([AISLE, *command.split()], home)
        rows = reads(home, "SQLite", "")
        with running_redis(Path(folder)) as address:
            rows += reads(home, "Redis", address)
        for service in SERVICES:
            rows += join(home, service)
    sys.exit(0 if report("online", rows) else 1)


def reads(home: Path, store: str, address: str) -> list[Row]:
    """Bring the features online in one store and measure reading them."""
    run([AISLE, "apply-features"], home, address)
    run([AISLE, "materialize-features"], home, address)
    found = measured("benchmarks.online_reads", home, address)
    half, most, processor = found["reader"]
    rows = [
        Row(f"{store}: features of a user", found["features"], ""),
        Row(f"{store}: views of a user", found["views"], ""),
        Row(f"{store}: all features of one user, p50", half, "ms"),
        at_most(f"{store}: all features of one user, p99", most, "ms", READ_MS),
        Row(f"{store}: all features of one user, CPU time", processor, "ms"),
    ]
    others = {"get_online_features": "Feast's get_online_features", "raw_mget": "raw Redis MGET"}
    for name, title in others.items():
        if name in found:
            rows.append(Row(f"{store}: {title}, p50", found[name][0], "ms"))
            rows.append(Row(f"{store}: {title}, p99", found[name][1], "ms"))
            rows.append(Row(f"{store}: {title}, CPU time", found[name][2], "ms"))
    return rows + clicks(home, store, address)


def clicks(home: Path, store: str, address: str) -> list[Row]:
    """Measure how long it takes until a click is in the answer to the next request."""
    found = measured("benchmarks.read_your_writes", home, address)
    what = f"{store}: a click and the next request that reads it"
    return [
        Row(f"{what}, p50", found["half"], "ms"),
        at_most(f"{what}, p95", found["high"], "ms", CLICK_MS),
        Row(f"{what}, p99", found["most"], "ms"),
    ]


def join(home: Path, service: str) -> list[Row]:
    """Measure the point-in-time join of a feature service."""
    found = measured("benchmarks.point_in_time", home, words=(service,))
    what = f"point-in-time join of {service}"
    return [
        at_least(f"{what}: rows", found["rows"], "", 1_000_000),
        Row(f"{what}: features", found["features"], ""),
        *known_cells(what, found["known_share"]),
        at_most(what, found["seconds"], "s", JOIN_SECONDS),
        Row(f"{what}: processor time", found["processor_seconds"], "s"),
        at_most(f"{what}: peak memory", found["peak_bytes"] / GIB, "GiB", 4.0),
    ]


def known_cells(what: str, shares: dict[str, float]) -> list[Row]:
    """Return how many cells of the join, of all views and of each, hold a value."""
    return [
        Row(f"{what}: cells that are known" + ("" if view == "all" else f" of {view}"), share, "")
        for view, share in shares.items()
    ]


def measured(
    module: str, home: Path, address: str = "", words: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Run a module that prints one JSON line last, and return that."""
    found: dict[str, Any] = json.loads(run([sys.executable, "-m", module, *words], home, address))
    return found


def run(command: list[str], home: Path, address: str = "") -> str:
    """Run a command in the workspace; return its last line."""
    log.info("%s", " ".join(command[1:]))
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    own = {"AISLE_HOME": str(home), "AISLE_ONLINE_STORE": address}
    ended = subprocess.run(
        command, env=inherited | own, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{command} failed: {ended.stderr[-2000:]}")
    return ended.stdout.strip().rpartition("\n")[2]


if __name__ == "__main__":
    main()
