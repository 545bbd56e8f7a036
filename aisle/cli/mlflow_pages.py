"""Command `aisle mlflow`: MLflow's own pages on this workspace's trainings and registry."""

import os
import subprocess
import sys
from pathlib import Path

import typer

from aisle.core.errors import AisleError
from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("mlflow")(mlflow)


def mlflow() -> None:
    """Open MLflow's pages on this workspace (loopback only); Ctrl-C ends them."""
    settings = Settings()
    if not settings.mlflow_uri and not settings.mlflow_database.exists():
        raise AisleError(f"There is no training in {settings.root} yet: run `make run` first.")
    typer.echo(f"MLflow: http://127.0.0.1:{settings.mlflow_port} (Ctrl-C ends it)")
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # its workers take half a gigabyte
    }
    server = subprocess.run(server_command(settings), env=environment, check=False)
    raise typer.Exit(server.returncode)


def server_command(settings: Settings) -> list[str]:
    """Return the `mlflow server` command on the workspace's database."""
    executable = str(Path(sys.executable).with_name("mlflow"))
    port = str(settings.mlflow_port)
    where = ["--host", "127.0.0.1", "--port", port, "--workers", "1"]
    return [executable, "server", "--backend-store-uri", settings.tracking_uri, *where]
