"""How a task is made: its id-safe run name and its environment."""

from pathlib import Path

import pytest

from aisle.core.builds import ID_PATTERN
from aisle.core.settings import REPOSITORY
from aisle.runner.chain import folder_name
from common.tasks import aisle_task, command_environment, dag_arguments, safe_id

RUN_IDS = [
    "manual__2026-11-24T15:46:20.329405+00:00",
    "asset_triggered__2026-11-24T15:46:20.329405+00:00_KCR64ANF",
    "../../etc/passwd",
    "._odd",
    "x" * 300,
]


@pytest.mark.parametrize("run_id", RUN_IDS)
def test_any_run_id_becomes_an_id_that_commands_accept(run_id: str):
    assert ID_PATTERN.fullmatch(safe_id(run_id))


@pytest.mark.parametrize("run_id", RUN_IDS)
def test_the_runner_finds_the_folder_that_a_task_writes(run_id: str):
    assert folder_name(run_id) == safe_id(run_id)


def test_a_relative_workspace_is_meant_from_the_repository(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AISLE_HOME", ".aisle")
    assert command_environment()["AISLE_HOME"] == str(REPOSITORY / ".aisle")


def test_the_command_comes_from_the_environment_that_runs_airflow():
    first = Path(command_environment()["PATH"].split(":")[0])
    assert (first / "python").exists()


def test_a_task_keeps_its_environment_when_it_is_given_a_pool():
    task = aisle_task("load", "load-raw", pool="warehouse")
    assert (task.bash_command, task.pool) == ("aisle load-raw", "warehouse")
    assert task.env is not None and "AISLE_HOME" in task.env


def test_the_runner_can_turn_retries_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AISLE_TASK_RETRIES", "0")
    assert dag_arguments("data")["default_args"]["retries"] == 0
