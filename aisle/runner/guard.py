"""Owns the processes of a run or of `aisle ui` and ends them when that is gone, however it went.

The runner starts `python -m aisle.runner.guard airflow` in a session of its own and keeps the other
end of its stdin: when that closes (the run is over, Ctrl-C, even kill -9), everything is ended.
`aisle ui` starts its processes itself and has a guard without arguments do the ending.

It starts the components one by one instead of `airflow standalone`, which would also start a log
server on all interfaces at a fixed port, and a triggerer that no task here needs (150 MB).
"""

import os
import select
import subprocess
import sys
from pathlib import Path

from aisle.runner.airflow_database import airflow_executable, prepare_database
from aisle.runner.processes import MARK, end_all

COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}


def main(arguments: list[str]) -> int:
    """Guard until stdin closes; return 1 when a component ended before that."""
    components: dict[str, subprocess.Popen[bytes]] = {}
    try:
        if arguments:
            home = Path(os.environ["AIRFLOW_HOME"])
            prepare_database(home)
            components = _start_components(home)
        return _watch(components)
    finally:
        end_all(os.environ[MARK])


def start_guard(
    arguments: list[str], environment: dict[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start a guard; closing its stdin ends every process that carries the workspace's mark."""
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "aisle.runner.guard", *arguments],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            env=environment,
            start_new_session=True,
        )


def dismiss(guard: subprocess.Popen[bytes], timeout_seconds: float) -> None:
    """Tell a guard to end everything, and wait until it has."""
    assert guard.stdin is not None
    guard.stdin.close()
    try:
        guard.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        guard.kill()


def _start_components(home: Path) -> dict[str, subprocess.Popen[bytes]]:
    started = {}
    for name, arguments in COMPONENTS.items():
        with (home / "logs" / f"{name}.log").open("wb") as log:
            started[name] = subprocess.Popen(
                [airflow_executable(), *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log
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


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
