"""Commands feature-catalogue and feature-importance: what features are, and are worth."""

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("feature-catalogue")(feature_catalogue)
    app.command("feature-importance")(feature_importance)


def feature_catalogue() -> None:
    """Write the page of all features: meaning, freshness, values, what each is worth."""
    from aisle.pipeline.feature_catalogue.catalogue import write_catalogue
    from aisle.serving.registry import champion_recipe

    settings = Settings()
    typer.echo(f"Wrote {write_catalogue(settings, champion_recipe(settings))}")


def feature_importance() -> None:
    """Measure what the champion loses without each feature; a fit for each one it reads."""
    from training.feature_importance import measure_champion

    typer.echo(f"What the champion's features are worth is in {measure_champion(Settings())}")
