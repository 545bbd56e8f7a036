"""One run: the sample if nothing has landed, then the whole chain on a private Airflow."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from aisle.core.errors import AisleError
from aisle.core.landing import has_landed, has_landed_from_a_shop
from aisle.core.landing.active_file import finish_abandoned
from aisle.core.landing.bucket import fetch
from aisle.core.settings import Settings
from aisle.runner.airflow_process import Airflow, airflow_for_run
from aisle.runner.chain import CHAIN, TRAINING, Followed, Task, folder_name, follow
from aisle.runner.progress import Progress
from aisle.runner.task_log import killing_signal, task_log_path, task_log_tail

POLL_SECONDS = 0.5
LOG_TAIL_LINES = 25
WAREHOUSE_POOL = "warehouse"


def run_chain(settings: Settings, progress: Progress) -> Path:
    """Run the chain once and return the folder of its training."""
    with airflow_for_run(settings, CHAIN) as airflow:  # comes up while the sample lands
        land_sample_if_empty(settings, progress)
        with progress.step(airflow.waiting_for):
            airflow.wait_until_ready(CHAIN)
            airflow.api.create_pool(WAREHOUSE_POOL, slots=1)
        followed = _trigger_and_follow(airflow, progress)
    if followed.failed is not None:
        raise AisleError(describe_failure(settings.airflow / "logs", followed.failed))
    return settings.trainings / folder_name(followed.run_ids[TRAINING])


def land_sample_if_empty(settings: Settings, progress: Progress) -> None:
    """Land the sample shop in an empty workspace; never mix it into what a shop delivered."""
    if settings.landing_url:
        fetch(settings.landing_url, settings.landing)
    finish_abandoned(settings.landing / "events")
    if has_landed(settings.landing):
        return
    if has_landed_from_a_shop(settings.landing) or settings.warehouse.exists():
        raise AisleError(
            f"{settings.landing} holds no events, and the workspace is not empty: import events "
            "first (`aisle import --events FILE`), or choose another workspace with AISLE_HOME; "
            "an empty one gets the sample shop."
        )
    with progress.step("sample lands"):
        command = [str(Path(sys.executable).with_name("aisle")), "sample"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            reason = f" {describe_kill(-ended.returncode)}" if ended.returncode < 0 else ""
            raise AisleError(f"`aisle sample` failed.{reason}\n{ended.stdout}{ended.stderr}")


def describe_failure(logs: Path, task: Task) -> str:
    """Return which task failed, the end of its log, and where all of it is."""
    path = task_log_path(logs, task)
    lines = task_log_tail(path, LOG_TAIL_LINES)
    end = killing_signal(path)
    if not lines and not end:
        return (
            f"{task.name} failed before it wrote a line: Airflow could not start it, perhaps on a "
            f"machine that is too busy. {logs / 'scheduler.log'} says why; run it again."
        )
    reason = f" {describe_kill(end)}" if end else ""
    tail = "\n".join(f"  {line}" for line in lines)
    return f"{task.name} failed.{reason} The end of its log:\n{tail}\nThe whole log: {path}"


def describe_kill(number: int) -> str:
    """Return what to know about a command that a signal ended: it could not say so itself."""
    if number == signal.SIGKILL:
        return (
            "Its command was killed (signal 9), as the machine does when memory runs out: "
            "close other programs or give it more memory, then run again."
        )
    return f"Its command was ended from outside (signal {number}): run again."


def _trigger_and_follow(airflow: Airflow, progress: Progress) -> Followed:
    def wait() -> None:
        airflow.check_alive()
        time.sleep(POLL_SECONDS)

    run_id = f"run-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    airflow.api.trigger(CHAIN[0], run_id)
    return follow(airflow.api, run_id, progress.show_tasks, wait)
