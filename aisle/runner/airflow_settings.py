"""How the private Airflow is configured: everything by environment, nothing inherited."""

import base64
import json
import os
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from aisle.core.settings import REPOSITORY, Settings
from aisle.runner.processes import MARK

USER = "admin"
PARALLEL_TASKS = 2


@dataclass(frozen=True)
class Secrets:
    """What Airflow signs and encrypts with, and the password of its one user."""

    password: str
    jwt: str
    api: str
    fernet: str


def workspace_secrets(airflow_home: Path) -> Secrets:
    """Return the workspace's secrets; made once, readable by the owner only."""
    path = airflow_home / "secrets.json"
    if not path.exists():
        airflow_home.mkdir(parents=True, exist_ok=True)
        _write_private(path, json.dumps(asdict(_new_secrets())))
    return Secrets(**json.loads(path.read_text(encoding="utf-8")))


def write_password_file(airflow_home: Path, password: str) -> Path:
    """Write the file from which Airflow's simple auth manager reads; return its path."""
    path = airflow_home / "passwords.json"
    _write_private(path, json.dumps({USER: password}))
    return path


def airflow_environment(settings: Settings, port: int) -> dict[str, str]:
    """Return the environment of all Airflow processes; other AIRFLOW variables stay outside."""
    home = settings.airflow
    inherited = {name: value for name, value in os.environ.items() if "AIRFLOW" not in name}
    return (
        inherited | _sections(home, port) | _secret_sections(home) | _process_environment(settings)
    )


def kept_airflow_environment(settings: Settings, port: int) -> dict[str, str]:
    """Return the environment of the Airflow of `aisle ui`: timetables and edits of DAGs count."""
    is_timed = settings.schedules == "on"
    return airflow_environment(settings, port) | {
        "AISLE_SCHEDULES": settings.schedules,
        # Without timetables somebody is watching, and decides whether to try again.
        "AISLE_TASK_RETRIES": str(settings.task_retries if is_timed else 0),
        "AISLE_TRIALS_AT_ONCE": str(settings.trials_at_once),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
    }


def _sections(home: Path, port: int) -> dict[str, str]:
    address = f"http://127.0.0.1:{port}"
    options: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": REPOSITORY / "dags",
            "dags_are_paused_at_creation": False,
            "executor": "LocalExecutor",
            "execution_api_server_url": f"{address}/execution/",
            "load_examples": False,
            "parallelism": PARALLEL_TASKS,
            "plugins_folder": home / "plugins",
        },
        "api": {"base_url": address, "host": "127.0.0.1", "port": port, "workers": 1},
        "database": {"sql_alchemy_conn": f"sqlite:///{home / 'airflow.db'}"},
        # DAG files do not change during a run, so parsing them once is enough.
        "dag_processor": {"min_file_process_interval": 3600, "parsing_processes": 1},
        "logging": {"base_log_folder": home / "logs", "colored_console_log": False},
        "scheduler": {"scheduler_idle_sleep_time": 0.3},
        # A busy laptop answers late; after 5 seconds, the default, the task would be lost.
        "workers": {"execution_api_timeout": 60},
    }
    return {
        f"AIRFLOW__{section}__{option}".upper(): str(value)
        for section, values in options.items()
        for option, value in values.items()
    }


def _secret_sections(home: Path) -> dict[str, str]:
    known = workspace_secrets(home)
    passwords = write_password_file(home, known.password)
    return {
        "AIRFLOW__API__SECRET_KEY": known.api,
        "AIRFLOW__API_AUTH__JWT_SECRET": known.jwt,
        "AIRFLOW__CORE__FERNET_KEY": known.fernet,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
    }


def _process_environment(settings: Settings) -> dict[str, str]:
    search_path = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    return {
        MARK: str(settings.root),
        "AIRFLOW_HOME": str(settings.airflow),
        "AISLE_HOME": str(settings.root),
        "AISLE_SCHEDULES": "off",
        "AISLE_TASK_RETRIES": "0",  # the person at the terminal decides whether to try again
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PATH": os.pathsep.join(search_path),
        # Empty means off. Where it is on, each of 20 processes compiles all it imports: 9 s each.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONUNBUFFERED": "1",
        # Airflow renames its processes; without this that would wipe MARK from /proc/PID/environ.
        "SPT_NOENV": "1",
    }


def _new_secrets() -> Secrets:
    return Secrets(
        password=secrets.token_urlsafe(16),
        jwt=secrets.token_urlsafe(64),
        api=secrets.token_urlsafe(32),
        fernet=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
