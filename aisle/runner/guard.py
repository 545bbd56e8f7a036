"""Owns the Airflow processes of one run and ends them when the runner is gone, however it went.

The runner starts `python -m aisle.runner.guard` in a session of its own and keeps the other end of
its stdin: when that closes (the run is over, Ctrl-C, even kill -9), everything is ended.

It starts the components one by one instead of `airflow standalone`, which would also start a log
server on all interfaces at a fixed port, and a triggerer that no task here needs (150 MB).
"""

import os
import select
import sqlite3
import subprocess
import sys
from pathlib import Path

from aisle.runner.processes import MARK, end_all

COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
FAIL_LEFTOVERS = Path(__file__).with_name("fail_leftovers.sql")


def main() -> int:
    """Run Airflow until stdin closes; return 1 when a component ended before that."""
    home = Path(os.environ["AIRFLOW_HOME"])
    try:
        prepare_database(home)
        return _watch(_start_components(home))
    finally:
        end_all(os.environ[MARK])


def prepare_database(home: Path) -> None:
    """Bring the metadata database to this Airflow's version; mark what a kill left running."""
    database, stamp = home / "airflow.db", home / "migrated"
    version = _airflow_version()
    if not (database.exists() and stamp.exists() and stamp.read_text() == version):
        with (home / "logs" / "migrate.log").open("wb") as log:
            subprocess.run([_airflow(), "db", "migrate"], stdout=log, stderr=log, check=True)
        stamp.write_text(version)
    fail_leftovers(database)


def fail_leftovers(database: Path) -> None:
    """Mark the runs, tasks and jobs that a killed run left unfinished as failed."""
    connection = sqlite3.connect(database, timeout=30)
    try:
        connection.executescript(FAIL_LEFTOVERS.read_text(encoding="utf-8"))
    finally:
        connection.close()


def _start_components(home: Path) -> dict[str, subprocess.Popen[bytes]]:
    started = {}
    for name, arguments in COMPONENTS.items():
        with (home / "logs" / f"{name}.log").open("wb") as log:
            started[name] = subprocess.Popen(
                [_airflow(), *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
    return started


def _watch(components: dict[str, subprocess.Popen[bytes]]) -> int:
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0.5)
        if readable and not os.read(sys.stdin.fileno(), 1):
            return 0
        for name, process in components.items():
            if process.poll() is not None:
                sys.stderr.write(f"Airflow's {name} ended with exit code {process.returncode}\n")
                return 1


def _airflow() -> str:
    return str(Path(sys.executable).with_name("airflow"))


def _airflow_version() -> str:
    from importlib.metadata import version

    return version("apache-airflow")


if __name__ == "__main__":
    raise SystemExit(main())
