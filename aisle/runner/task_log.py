"""Where Airflow keeps the log of a task, its last lines as plain text, and what ended it."""

import json
import re
from pathlib import Path

from aisle.runner.chain import Task

UNMAPPED = -1
AIRFLOW_LINES = 10
COMMAND_STARTS = "Output:"
EXIT_CODE = re.compile(r"Command exited with return code (-?\d+)")
SHELL_SIGNALS_FROM = 128  # a shell reports signal 9 as 137, Python as -9
ADDED_BY_AIRFLOW = ("::group::", "::endgroup::", "Task failed with", "Command exited with")


def task_log_path(logs: Path, task: Task) -> Path:
    """Return the file in which Airflow keeps the latest attempt of a task."""
    folder = logs / f"dag_id={task.dag_id}" / f"run_id={task.run_id}" / f"task_id={task.task_id}"
    if task.map_index != UNMAPPED:
        folder = folder / f"map_index={task.map_index}"
    return folder / f"attempt={max(task.try_number, 1)}.log"


def task_log_tail(path: Path, count: int) -> list[str]:
    """Return the last lines that the task's command printed, without what Airflow adds."""
    messages = [_message(line) for line in last_lines(path, count + AIRFLOW_LINES)]
    if COMMAND_STARTS in messages:
        messages = messages[messages.index(COMMAND_STARTS) + 1 :]
    printed = [message for message in messages if not message.startswith(ADDED_BY_AIRFLOW)]
    return printed[-count:]


def killing_signal(path: Path) -> int | None:
    """Return the number of the signal that ended the task's command; None if none did."""
    for line in reversed(last_lines(path, AIRFLOW_LINES)):
        if found := EXIT_CODE.match(_message(line)):
            code = int(found[1])
            return -code if code < 0 else max(code - SHELL_SIGNALS_FROM, 0) or None
    return None


def last_lines(path: Path, count: int) -> list[str]:
    """Return the last lines of a text file; none when there is no such file."""
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]


def _message(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return line
    return str(record.get("event", line)) if isinstance(record, dict) else line
