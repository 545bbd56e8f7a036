"""What a running `aisle ui` tells other commands: its ports, and the settings its tasks get."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aisle.core.errors import AisleError
from aisle.core.files import write_json
from aisle.core.settings import Settings

WAIT_SECONDS = 10
# They say where pages are or what a sample is made of; no task of the chain reads them.
OF_NO_TASK = {
    "airflow_port",
    "collector_drop_fields",
    "collector_hash_fields",
    "collector_host",
    "collector_ip",
    "collector_port",
    "collector_url",
    "docs_port",
    "hash_key",
    "home",
    "mlflow_port",
    "sample_users",
    "schedules",
    "serving_host",
    "serving_port",
    "task_retries",
    "write_keys",
}


@dataclass(frozen=True)
class UiState:
    """Where Airflow answers, and what its tasks were started with."""

    airflow_port: int
    settings: dict[str, Any]


def state_file(settings: Settings) -> Path:
    """Return the file in which a running `aisle ui` tells about itself."""
    return settings.root / "ui.json"


def write_state(settings: Settings, airflow_port: int) -> None:
    """Tell other commands about the `aisle ui` that is starting."""
    write_json(state_file(settings), asdict(UiState(airflow_port, task_settings(settings))))


def read_state(settings: Settings) -> UiState:
    """Return what the running `aisle ui` tells; it may have started a moment ago."""
    path = state_file(settings)
    deadline = time.monotonic() + WAIT_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise AisleError(f"`aisle ui` runs and left no {path}: end it and start it again.")
        time.sleep(0.2)
    return UiState(**json.loads(path.read_text(encoding="utf-8")))


def task_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that change what tasks do."""
    return settings.model_dump(mode="json", exclude=OF_NO_TASK)


def refuse_other_settings(state: UiState, settings: Settings) -> None:
    """Raise when this command's settings are not those that the tasks of `aisle ui` get."""
    differing = [
        f"AISLE_{name.upper()} is {value!r} here and {state.settings.get(name)!r} there"
        for name, value in task_settings(settings).items()
        if state.settings.get(name) != value
    ]
    if differing:
        raise AisleError(
            "`aisle ui` keeps this workspace's Airflow and was started with other settings: "
            f"{'; '.join(differing)}. End it (Ctrl-C) and start it with these, or run with those."
        )
