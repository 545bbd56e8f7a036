"""Command `aisle clean`: remove a workspace and what it holds."""

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("clean")(clean)


def clean() -> None:
    """Remove the workspace (AISLE_HOME): data, tables, features, trainings, models."""
    from aisle.runner.clean import remove_workspace

    settings = Settings()
    removed = remove_workspace(settings)
    typer.echo(f"Removed {settings.root}" if removed else f"There is nothing at {settings.root}")
