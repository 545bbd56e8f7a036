"""Ending everything a run started, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from aisle.runner import processes
from aisle.runner.processes import MARK, end_all

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
START = "print('ready', flush=True)"
SLEEP = "; import time; time.sleep(60)"


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.2)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen]]:
    running: list[subprocess.Popen] = []
    yield running
    for process in running:
        process.kill()
        process.wait()


def _start(started: list[subprocess.Popen], workspace: str, code: str = START) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", code + SLEEP],
        env=os.environ | {MARK: workspace},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    started.append(process)
    return process


@pytest.mark.parametrize("code", [START, DEAF], ids=["obedient", "deaf to TERM"])
def test_a_process_in_a_session_of_its_own_is_ended(started, tmp_path, code: str):
    process = _start(started, str(tmp_path), code)
    assert end_all(str(tmp_path)) == 1
    assert process.poll() is not None


def test_a_process_of_another_workspace_goes_on(started, tmp_path):
    process = _start(started, str(tmp_path / "other"))
    assert end_all(str(tmp_path)) == 0
    assert process.poll() is None
