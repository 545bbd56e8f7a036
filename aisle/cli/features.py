"""Commands for features: expand-features, apply-features, materialize-features, check-features."""

from typing import Annotated

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("expand-features")(expand)
    app.command("apply-features")(apply)
    app.command("materialize-features")(materialize)
    app.command("check-features")(check)


def apply() -> None:
    """Register the entities, views and services of feature_repo/ with Feast."""
    from aisle.pipeline.features import apply_features

    views = apply_features(Settings())
    typer.echo(f"Feast knows the views {', '.join(views)}")


def materialize() -> None:
    """Bring the newest features of the published marts into the online store."""
    from aisle.pipeline.features import materialize_features

    typer.echo(f"Features are online as of {materialize_features(Settings())}")


def check(
    sample: Annotated[
        int, typer.Option(min=1, help="Random keys of each view, and users, to compare.")
    ] = 100,
    accept_changes: Annotated[
        bool,
        typer.Option(help="Pass although features say something else of the past: it is meant."),
    ] = False,
) -> None:
    """Compare served features, the point-in-time join for now and the marts; exit 1 if they differ.

    Lists from batch and from the API are compared too, once there is a champion. It also ends with
    1 when dbt_project/ was changed since it last passed and past values are others now.
    """
    from aisle.serving.check_features import check_features

    parity = check_features(Settings(), sample, accept_changes=accept_changes)
    typer.echo(
        f"{parity.values:,} values of {len(parity.views)} views and {parity.lists} lists agree"
    )
    for one in parity.redefined:
        typer.echo(f"accepted: {one}")


def expand() -> None:
    """Write the columns and the macro input that dbt_project/features.yml stands for."""
    from aisle.pipeline.feature_grid import expand

    typer.echo("Wrote " + ", ".join(path.name for path in expand()))
