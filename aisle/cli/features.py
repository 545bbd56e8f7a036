"""Commands for Feast: apply-features, materialize-features."""

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("apply-features")(apply)
    app.command("materialize-features")(materialize)


def apply() -> None:
    """Register the entities, views and services of feature_repo/ with Feast."""
    from aisle.pipeline.features import apply_features

    views = apply_features(Settings())
    typer.echo(f"Feast knows the views {', '.join(views)}")


def materialize() -> None:
    """Bring the newest features of the published marts into the online store."""
    from aisle.pipeline.features import materialize_features

    typer.echo(f"Features are online as of {materialize_features(Settings())}")
