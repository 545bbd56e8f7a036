"""The main job through a real Airflow on a small slice: killed, run again, and run once more.

Three starts of Airflow answer every question, because each costs most of a minute.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from aisle.runner.processes import started_for

pytestmark = pytest.mark.timeout(2400)  # three runs; each may take its 600 s on a busy machine

AISLE = str(Path(sys.executable).with_name("aisle"))
HOUSEHOLDS = "150"
LISTS = "recommendations/current/recommendations.parquet"


@dataclass(frozen=True)
class Run:
    """How one `aisle run` ended, and what it left."""

    exit_code: int
    output: str
    tables: dict[str, tuple[int, int]]
    decision: dict
    listed_users: int


@dataclass(frozen=True)
class Story:
    """A run killed in the middle of dbt, then two runs that nobody disturbed."""

    refusal: subprocess.CompletedProcess[str]
    left_by_kill: list[str]
    unpublished_by_kill: bool
    second: Run
    third: Run
    left_at_end: list[str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Live through the three runs once, for all tests of this file."""
    root = tmp_path_factory.mktemp("chain") / "home"
    environment = {name: value for name, value in os.environ.items() if "AISLE_" not in name} | {
        "AISLE_HOME": str(root),
        "AISLE_SAMPLE_USERS": HOUSEHOLDS,
        "AISLE_LINEUP": "quick",  # three rivals: each is a process that takes seconds to start
        "PYTHONDONTWRITEBYTECODE": "",  # else each of many processes compiles all it imports
    }
    refusal = _run_and_kill_in("transform", root, environment)
    left_by_kill = _processes_after(root, seconds=30)
    unpublished = not (root / "published" / "current").exists()
    second, third = _run(root, environment), _run(root, environment)
    yield Story(refusal, left_by_kill, unpublished, second, third, _processes_after(root, 0))


def test_a_second_runner_is_refused_politely(story: Story):
    assert story.refusal.returncode == 1
    assert "Another `aisle run`" in story.refusal.stderr
    assert "Traceback" not in story.refusal.stderr


def test_a_killed_run_publishes_nothing_and_leaves_no_process(story: Story):
    assert story.unpublished_by_kill
    assert story.left_by_kill == []


def test_the_run_after_the_kill_promotes_a_champion(story: Story):
    assert story.second.exit_code == 0, story.second.output
    assert story.second.decision["action"] == "promote"
    assert story.second.decision["sentence"] in story.second.output


def test_a_promotion_brings_lists_of_every_user_online(story: Story):
    assert story.second.listed_users == int(HOUSEHOLDS)
    assert "publish_recommendations.warm" in story.second.output
    assert "publish_recommendations" not in story.third.output, "nothing was promoted"


def test_it_shows_rivals_shoppers_and_where_to_look_next(story: Story):
    for shown in ("next NDCG@10", "lightfm_hybrid", "Aisle recommends", "make serve"):
        assert shown in story.second.output


def test_the_same_data_again_promotes_nothing_and_says_why(story: Story):
    assert story.third.exit_code == 0, story.third.output
    assert story.third.decision["action"] == "keep"
    assert story.third.decision["sentence"] in story.third.output
    register = next(line for line in story.third.output.splitlines() if ".register" in line)
    assert register.startswith("skipped")


def test_tables_after_a_kill_are_those_of_an_undisturbed_run(story: Story):
    assert story.second.tables
    assert story.second.tables == story.third.tables


def test_nothing_is_left_running(story: Story):
    assert story.left_at_end == []


def _run(root: Path, environment: dict[str, str]) -> Run:
    ended = subprocess.run(
        [AISLE, "run"], env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    trainings = sorted((root / "training").glob("*/decision.json"), key=os.path.getmtime)
    decision = json.loads(trainings[-1].read_text()) if trainings else {}
    output = ended.stdout + ended.stderr
    tables = _published(root / "published" / "current")
    return Run(ended.returncode, output, tables, decision, _listed_users(root / LISTS))


def _listed_users(lists: Path) -> int:
    """Return of how many users the published lists are; none when nothing is published."""
    if not lists.exists():
        return 0
    query = "select count(distinct user_id) from read_parquet(?)"
    with duckdb.connect() as connection:
        return connection.execute(query, [str(lists)]).fetchone()[0]


def _run_and_kill_in(
    verb: str, root: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Kill a run while a task works, without mercy; return how a second runner was refused."""
    runner = subprocess.Popen(
        [AISLE, "run"], env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not any(verb in _command(process) for process in started_for(str(root))):
            assert runner.poll() is None, f"the run ended before {verb}"
            time.sleep(0.5)
        refusal = subprocess.run(
            [AISLE, "run"], env=environment, capture_output=True, text=True, check=False
        )
        time.sleep(3)  # well into the task
    finally:
        os.killpg(runner.pid, signal.SIGKILL)
        runner.wait()
    return refusal


def _processes_after(root: Path, seconds: int) -> list[str]:
    deadline = time.monotonic() + seconds
    while started_for(str(root)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return [_command(process) for process in started_for(str(root))]


def _command(process) -> str:
    return " ".join(process.cmdline()) if process.is_running() else ""


def _published(folder: Path) -> dict[str, tuple[int, int]]:
    """Return rows and a hash of all values, whatever their order, of each published table."""
    query = "select count(*), sum(hash(row_)::hugeint) from read_parquet(?) as row_"
    with duckdb.connect() as connection:
        return {
            path.name: connection.execute(query, [str(path)]).fetchone()
            for path in sorted(folder.glob("*.parquet"))
        }
