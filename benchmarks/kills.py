"""Kill `aisle run` in every task of the chain, one after the other, then let it run: same tables.

On a small slice of the sample. Each round starts the chain again where the last kill left the
workspace, waits for the command of the next task and kills the runner's process group without
mercy. At the end the published tables must be those of a workspace that nobody disturbed.
"""

import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil

from aisle.runner.processes import started_for
from benchmarks.results import Row, at_least, at_most, report

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
HOUSEHOLDS = 60
# What the command line of each task says, in the order in which the chain runs them.
COMMANDS = (
    "aisle sample",
    "aisle load-raw",
    "aisle fix-ceiling",
    "aisle check raw",
    "aisle transform",
    "aisle check marts",
    "aisle publish",
    "aisle apply-features",
    "aisle materialize-features",
    "aisle train snapshot",
    "aisle train recipes",
    "aisle train fit",
    "aisle train compare",
    "aisle train gate",
    "aisle train register",
)
LONGEST_WAIT_SECONDS = 300
SEED = 7

Tables = dict[str, tuple[int, int]]


def main() -> None:
    """Kill in every task, compare, report; exit non-zero when anything differs."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="aisle-kills-") as folder:
        undisturbed, killed = Path(folder) / "undisturbed", Path(folder) / "killed"
        exit_code = _run(undisturbed)
        expected = published_tables(undisturbed)
        rows = [at_most("undisturbed run: exit code", exit_code, "", 0)]
        rows += list(_kill_in_each_task(killed, expected))
        rows.append(at_most("the run after all kills: exit code", _run(killed), "", 0))
        rows.append(_same("the run after all kills", published_tables(killed), expected))
        rows.append(at_least("champions promoted", _promotions(killed), "", 1))
    if not report("kills", rows):
        raise SystemExit(1)


def published_tables(home: Path) -> Tables:
    """Return rows and a hash of all values, whatever their order, of each published table."""
    query = "select count(*), sum(hash(row_)::hugeint) from read_parquet(?) as row_"
    with duckdb.connect() as connection:
        return {
            path.name: connection.execute(query, [str(path)]).fetchall()[0]
            for path in sorted((home / "published" / "current").glob("*.parquet"))
        }


def _kill_in_each_task(home: Path, expected: Tables) -> Iterator[Row]:
    chance = random.Random(SEED)
    for command in COMMANDS:
        _kill_in(command, home, chance.uniform(0.2, 2.5))
        found = published_tables(home)
        if found:  # readers between two runs meet whole tables or none
            yield _same(f"published after a kill in `{command}`", found, expected)
        else:
            yield Row(f"published after a kill in `{command}`: nothing yet", 0, "tables")
        log.info("killed in `%s`; %d tables are published", command, len(found))


def _kill_in(command: str, home: Path, after_seconds: float) -> None:
    runner = subprocess.Popen(
        [AISLE, "run"],
        env=_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(command, home, runner)
        time.sleep(after_seconds)
    finally:
        os.killpg(runner.pid, signal.SIGKILL)
        runner.wait()
    deadline = time.monotonic() + 60
    while started_for(str(home)) and time.monotonic() < deadline:
        time.sleep(0.2)


def _wait_for(command: str, home: Path, runner: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not any(command in line for line in _command_lines(home, runner.pid)):
        if runner.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the run did not reach `{command}`")
        time.sleep(0.05)


def _command_lines(home: Path, runner: int) -> Iterator[str]:
    for process in [*psutil.Process(runner).children(), *started_for(str(home))]:
        try:
            words = process.cmdline()
        except psutil.NoSuchProcess:
            continue
        yield " ".join(Path(word).name if "/" in word else word for word in words)


def _run(home: Path) -> int:
    return subprocess.run([AISLE, "run"], env=_environment(home), check=False).returncode


def _environment(home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    return inherited | {"AISLE_HOME": str(home), "AISLE_SAMPLE_USERS": str(HOUSEHOLDS)}


def _same(name: str, found: Tables, expected: Tables) -> Row:
    equal = sum(found.get(table) == content for table, content in expected.items())
    return at_least(f"{name}: equal tables of {len(expected)}", equal, "tables", len(expected))


def _promotions(home: Path) -> int:
    decisions = (home / "training").glob("*/decision.json")
    return sum(json.loads(path.read_text())["action"] == "promote" for path in decisions)


if __name__ == "__main__":
    main()
