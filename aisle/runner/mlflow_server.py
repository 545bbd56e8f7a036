"""MLflow's own server on this workspace's trainings and registry: its command and environment."""

import os
import sys
from pathlib import Path

from aisle.core.settings import Settings


def has_trainings(settings: Settings) -> bool:
    """Return whether there is a store to show; MLflow would make one, but not in one step."""
    return bool(settings.mlflow_uri) or settings.mlflow_database.exists()


def server_command(port: int) -> list[str]:
    """Return the `mlflow server` command; `server_environment` says on which database."""
    executable = str(Path(sys.executable).with_name("mlflow"))
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return [executable, "server", *where]


def server_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the server: who lists processes sees no password in it."""
    return {
        **os.environ,
        "MLFLOW_BACKEND_STORE_URI": settings.tracking_uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # its workers take half a gigabyte
    }
