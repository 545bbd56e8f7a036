"""Starting a command of a workspace and killing it, or one task of its chain, without mercy."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from aisle.runner.processes import started_for
from benchmarks.dag_tasks import DagTask

AISLE = str(Path(sys.executable).with_name("aisle"))
HOUSEHOLDS = 60
LONGEST_WAIT_SECONDS = 600
SECONDS_SQL = Path(__file__).with_name("task_seconds.sql")
ALONE, ALL = "task", "runner"  # whom a kill hits


@dataclass(frozen=True)
class Plan:
    """When and whom to kill: after this many seconds of the task's life."""

    task: DagTask
    victim: str
    after_seconds: float


@dataclass(frozen=True)
class Killed:
    """How a run ended of which a task was killed; `reached` says whether the task ever ran."""

    reached: bool
    victim: str
    exit_code: int
    output: str


def plan_kills(
    tasks: list[DagTask], seconds: dict[str, float], chance: random.Random
) -> Iterator[Plan]:
    """Yield one kill of each task and two of a mapped one, its victims in turn."""
    victims = chance.sample([ALONE, ALL], 2)
    hits = [task for task in tasks for _ in range(1 + task.is_mapped)]
    for number, task in enumerate(hits):
        after = chance.uniform(0.02, 0.95) * seconds[task.name]
        yield Plan(task, victims[number % 2], after)


def kill_in_run(plan: Plan, home: Path) -> Killed:
    """Run the chain and kill as planned; return how it ended, once nothing of it is left."""
    log = home.with_name(f"{home.name}.log")
    with log.open("wb") as output:
        runner = subprocess.Popen(
            [AISLE, "run"],
            env=environment(home),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        victim = _kill_when_reached(plan, home, runner)
    _wait_until_nothing_runs(home)
    return Killed(victim is not None, victim or ALL, runner.returncode, log.read_text())


def kill_by_hand(words: list[str], home: Path, after_seconds: float) -> bool:
    """Start a command by itself and kill it after a while; tell whether it was still at work."""
    process = subprocess.Popen(
        [AISLE, *words[1:]],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(after_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def run(words: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Return how an `aisle` command ended that nobody disturbed."""
    return subprocess.run(
        [AISLE, *words[1:]], env=environment(home), capture_output=True, text=True, check=False
    )


def task_seconds(home: Path) -> dict[str, float]:
    """Return how long each task of the chain takes in this workspace."""
    database = f"file:{home / 'airflow' / 'airflow.db'}?mode=ro"
    connection = sqlite3.connect(database, uri=True)
    try:
        return dict(connection.execute(SECONDS_SQL.read_text()).fetchall())
    finally:
        connection.close()


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a workspace: a slice of the sample, one thread."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if "AISLE_" not in name and "AIRFLOW" not in name
    }
    return inherited | {
        "AISLE_HOME": str(home),
        "AISLE_SAMPLE_USERS": str(HOUSEHOLDS),
        "AISLE_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # else each of many processes compiles all it imports
    }


def _kill_when_reached(plan: Plan, home: Path, runner: subprocess.Popen[bytes]) -> str | None:
    """Return whom the kill hit; None when the run came to its end without the task."""
    try:
        if not _wait_for(plan.task, home, runner):
            return None
        time.sleep(plan.after_seconds)
        if plan.victim == ALONE and _kill_one(plan.task, home, runner):
            runner.wait(LONGEST_WAIT_SECONDS)
            return ALONE
        return ALL  # also when the task was quicker than expected: right after is a moment too
    finally:
        if runner.poll() is None:
            os.killpg(runner.pid, signal.SIGKILL)
            runner.wait()


def _wait_for(task: DagTask, home: Path, runner: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not _processes_of(task, home, runner):
        if runner.poll() is not None:
            return False
        if time.monotonic() > deadline:
            raise RuntimeError(f"the run did not reach {task.name}")
        time.sleep(0.05)
    return True


def _kill_one(task: DagTask, home: Path, runner: subprocess.Popen[bytes]) -> bool:
    """Kill a command of the task, one of several if it is mapped; tell whether there was one."""
    found = _processes_of(task, home, runner)
    if found:
        found[0].kill()
    return bool(found)


def _processes_of(
    task: DagTask, home: Path, runner: subprocess.Popen[bytes]
) -> list[psutil.Process]:
    """Return the processes that run a task's command: not the shell around it."""
    if runner.poll() is not None:
        return []
    found = [*psutil.Process(runner.pid).children(), *started_for(str(home))]
    return [process for process in found if _is_running(task, process)]


def _is_running(task: DagTask, process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    names = [Path(word).name if word.startswith("/") else word for word in words]
    return names[1 : 1 + len(task.words)] == task.words


def _wait_until_nothing_runs(home: Path) -> None:
    deadline = time.monotonic() + 60
    while started_for(str(home)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if started_for(str(home)):
        raise RuntimeError(f"processes of {home} outlive their runner by more than a minute")
