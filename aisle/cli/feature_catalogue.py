"""Command `aisle feature-catalogue`: one page on every feature."""

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("feature-catalogue")(feature_catalogue)


def feature_catalogue() -> None:
    """Write the page of all features: meaning, freshness, values, what each is worth."""
    from aisle.pipeline.feature_catalogue.catalogue import write_catalogue
    from aisle.serving.registry import champion_recipe

    settings = Settings()
    typer.echo(f"Wrote {write_catalogue(settings, champion_recipe(settings))}")
