"""Keeping processes up: started when possible, again when they end, not for ever."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.runner import keeper
from aisle.runner.keeper import STARTS, Keeper, Service

SLEEP = "import time; time.sleep(60)"
END = "import sys; print('no store', file=sys.stderr); sys.exit(3)"
DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({ready!r}, 'w'); " + SLEEP
)


def _service(folder: Path, code: str, **options) -> Service:
    return Service("MLflow", [sys.executable, "-c", code], os.environ, folder / "log", **options)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Keeper]:
    keeping = Keeper([_service(tmp_path, SLEEP)])
    keeping.look()
    yield keeping
    keeping.stop()


def _end(keeping: Keeper) -> None:
    process = keeping._processes["MLflow"]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_process_that_dies_is_reported_and_started_again(kept: Keeper):
    _end(kept)
    assert not kept.is_running("MLflow")
    (line,) = kept.look()
    assert "MLflow ended with exit code -9; starting it again" in line
    assert kept.is_running("MLflow")
    assert kept.look() == []


def test_a_process_that_keeps_ending_stays_down_and_shows_its_log(tmp_path: Path):
    keeping = Keeper([_service(tmp_path, END)])
    told: list[str] = []
    while not keeping.is_down("MLflow"):
        told += keeping.look()
        keeping._processes["MLflow"].wait()
    assert len(told) == STARTS
    assert "stays down" in told[-1]
    assert "no store" in told[-1]
    assert keeping.look() == []


def test_deaths_long_ago_are_forgiven(tmp_path: Path):
    clock = iter(range(0, 100_000, 1_000))
    keeping = Keeper([_service(tmp_path, SLEEP)], clock=lambda: float(next(clock)))
    keeping.look()
    for _ in range(STARTS + 1):
        _end(keeping)
        keeping.look()
    assert keeping.is_running("MLflow")
    keeping.stop()


def test_a_service_waits_until_it_can_start(tmp_path: Path):
    store = tmp_path / "mlflow.db"
    keeping = Keeper([_service(tmp_path, SLEEP, can_start=store.exists)])
    assert (keeping.look(), keeping.is_running("MLflow")) == ([], False)
    store.touch()
    assert (keeping.look(), keeping.is_running("MLflow")) == ([], True)
    keeping.stop()


def test_a_process_deaf_to_term_is_ended_all_the_same(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeper, "GRACE_SECONDS", 0.2)
    ready = tmp_path / "ready"
    keeping = Keeper([_service(tmp_path, DEAF.format(ready=str(ready)))])
    keeping.look()
    while not ready.exists():
        time.sleep(0.02)
    keeping.stop()
    assert not keeping.is_running("MLflow")
