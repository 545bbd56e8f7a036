"""Commands that tell about the warehouse: freshness, dbt-docs."""

from typing import Annotated

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("freshness")(freshness)
    app.command("dbt-docs")(dbt_docs)


def freshness(
    build: Annotated[str, typer.Option("--build", help="Build whose now and ceiling count.")],
) -> None:
    """Say how old the newest delivery is; exit 1 when it is stale."""
    from aisle.pipeline.freshness import check_freshness

    for delivery in check_freshness(Settings(), build):
        typer.echo(str(delivery))


def dbt_docs(
    build: Annotated[
        str | None, typer.Option("--build", help="Build to describe. Default: the last finished.")
    ] = None,
) -> None:
    """Write dbt's page of every table and column, as one file that opens offline."""
    from aisle.pipeline.dbt_docs import make_dbt_docs

    typer.echo(f"Wrote {make_dbt_docs(Settings(), build)}")
