"""Command `aisle clean`: remove a workspace and what it holds."""

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("clean")(clean)


def clean() -> None:
    """Remove the workspace (AISLE_HOME): data, tables, features, trainings, models.

    The shop's own tracking_plan.yaml in it stays.
    """
    from aisle.runner.clean import remove_workspace

    settings = Settings()
    removed = remove_workspace(settings)
    if not removed:
        typer.echo(f"There is nothing at {settings.root}")
    elif settings.tracking_plan.exists():
        typer.echo(f"Removed all of {settings.root} but tracking_plan.yaml, which is yours")
    else:
        typer.echo(f"Removed {settings.root}")
