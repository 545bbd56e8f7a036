"""What a run shows while it goes on."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from aisle.runner.chain import Task
from aisle.runner.progress import Progress

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=False, width=100)


def _task(task_id: str, state: str, seconds: int = 3, label: str = "") -> Task:
    end = START + timedelta(seconds=seconds)
    return Task("train", "run-1", task_id, -1, 1, label, state, START, end)


def _printed(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return [line.strip() for line in console.file.getvalue().splitlines()]


def test_a_finished_task_is_printed_once_with_its_time(console: Console):
    progress = Progress(console)
    progress.show_tasks([_task("fit", "running", label="blend"), _task("gate", "waiting")])
    progress.show_tasks([_task("fit", "success", 7, "blend"), _task("gate", "running")])
    progress.show_tasks([_task("fit", "success", 7, "blend"), _task("gate", "skipped")])
    assert [line.split() for line in _printed(console)] == [
        ["success", "7.0", "s", "train.fit", "[blend]"],
        ["skipped", "3.0", "s", "train.gate"],
    ]


def test_a_step_that_breaks_is_printed_as_failed(console: Console):
    progress = Progress(console)
    with pytest.raises(OSError), progress.step("sample lands"):
        raise OSError("disk full")
    assert _printed(console)[0].startswith("failed")


def test_a_terminal_shows_what_is_not_finished_and_the_time_in_all(console: Console):
    progress = Progress(console)
    progress.show_tasks([_task("fit", "success"), _task("compare", "running")])
    with progress.step("Airflow starts"):
        table = progress.going_on()
    names = [str(cell) for cell in table.columns[2].cells]
    assert names == ["Airflow starts", "train.compare", "in all"]
