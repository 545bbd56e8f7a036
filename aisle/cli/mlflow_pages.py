"""Command `aisle mlflow`: MLflow's own pages on this workspace's trainings and registry."""

import subprocess

import typer

from aisle.core.errors import AisleError
from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("mlflow")(mlflow)


def mlflow() -> None:
    """Open MLflow's pages on this workspace (loopback only); Ctrl-C ends them."""
    from aisle.runner.mlflow_server import has_trainings, server_command, server_environment
    from aisle.runner.ports import chosen_ports

    settings = Settings()
    if not has_trainings(settings):
        raise AisleError(f"There is no training in {settings.root} yet: run `make run` first.")
    port = chosen_ports({"AISLE_MLFLOW_PORT": settings.mlflow_port})["AISLE_MLFLOW_PORT"]
    typer.echo(f"MLflow: http://127.0.0.1:{port} (Ctrl-C ends it)")
    server = subprocess.run(server_command(port), env=server_environment(settings), check=False)
    raise typer.Exit(server.returncode)
