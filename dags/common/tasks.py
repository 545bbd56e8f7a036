"""How a DAG makes a task: one `aisle` command in an environment that is spelled out."""

import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator

from common.trigger import pass_on_scheduled

REPOSITORY = Path(__file__).resolve().parents[2]
WAREHOUSE_POOL = "warehouse"
RUN_ID = "{{ run_id | safe_id }}"


def safe_id(run_id: str) -> str:
    """Return the run id as a folder and build name: every unsafe character becomes "-"."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", run_id).lstrip("._-")[:128]


def dag_arguments(owner: str) -> dict[str, Any]:
    """Return what all DAGs here have in common; `owner` is the team that gets the page."""
    return {
        "start_date": datetime(2024, 1, 1, tzinfo=UTC),
        "catchup": False,
        "max_active_runs": 1,
        "user_defined_filters": {"safe_id": safe_id},
        "default_args": {
            "owner": owner,
            "retries": int(os.environ.get("AISLE_TASK_RETRIES", "2")),
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": True,
        },
    }


def command_environment() -> dict[str, str]:
    """Return what an `aisle` command needs to find itself and its workspace on any worker."""
    home = Path(os.environ.get("AISLE_HOME", ".aisle")).expanduser()
    threads = os.environ.get("AISLE_THREADS", "1")
    return {
        "AISLE_HOME": str(home if home.is_absolute() else REPOSITORY / home),
        "AISLE_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONUNBUFFERED": "1",
    }


def task_arguments() -> dict[str, Any]:
    """Return the operator arguments of every command; exit code 99 means nothing to do."""
    return {
        "append_env": True,
        "cwd": str(REPOSITORY),
        "skip_on_exit_code": 99,
        "post_execute": pass_on_scheduled,
    }


def aisle_task(task_id: str, command: str, **operator: Any) -> BashOperator:
    """Return the task that runs `aisle <command>`; `operator` goes to BashOperator as it is."""
    return BashOperator(
        task_id=task_id,
        bash_command=f"aisle {command}",
        env=command_environment(),
        **(task_arguments() | operator),
    )
