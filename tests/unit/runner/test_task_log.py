"""Finding a task's log and its last lines."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aisle.runner.chain import Task
from aisle.runner.task_log import killing_signal, last_lines, task_log_path, task_log_tail

TASK = Task("train", "run-1", "fit", -1, 2, "", "failed", None, None)


def test_the_log_of_the_last_attempt_is_named_as_airflow_names_it(tmp_path: Path):
    folder = tmp_path / "dag_id=train" / "run_id=run-1" / "task_id=fit"
    assert task_log_path(tmp_path, TASK) == folder / "attempt=2.log"
    mapped = replace(TASK, map_index=0)
    assert task_log_path(tmp_path, mapped) == folder / "map_index=0" / "attempt=2.log"


def test_the_tail_is_what_the_command_printed(tmp_path: Path):
    events = ["::group::Pre Execute", "Running command: [...]", "Output:", "loading", "broken"]
    after = ["Command exited with return code 1", "Task failed with exception", "::endgroup::"]
    log = tmp_path / "attempt=1.log"
    log.write_text("\n".join(json.dumps({"event": event}) for event in events + after))
    assert task_log_tail(log, 10) == ["loading", "broken"]
    assert task_log_tail(log, 1) == ["broken"]


def test_a_line_that_is_no_json_stays_as_it_is(tmp_path: Path):
    log = tmp_path / "attempt=1.log"
    log.write_text("Traceback:\n42\n")
    assert task_log_tail(log, 5) == ["Traceback:", "42"]


def test_a_log_that_was_never_written_has_no_lines(tmp_path: Path):
    assert last_lines(tmp_path / "none.log", 5) == []


@pytest.mark.parametrize(
    ("code", "signal"), [(-9, 9), (137, 9), (-15, 15), (1, None), (99, None), (128, None)]
)
def test_a_signal_is_told_from_an_exit_code(tmp_path: Path, code: int, signal: int | None):
    log = tmp_path / "attempt=1.log"
    events = [f"Command exited with return code {code}", "Task failed with exception"]
    log.write_text("\n".join(json.dumps({"event": event}) for event in events))
    assert killing_signal(log) == signal


def test_without_an_exit_code_no_signal_is_named(tmp_path: Path):
    assert killing_signal(tmp_path / "none.log") is None
