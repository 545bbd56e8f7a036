"""Commands that move rows: sample, load-raw, set-aside, fix-ceiling, transform, publish, sql."""

import json
from typing import Annotated

import typer

from aisle.core.errors import NothingToDo
from aisle.core.settings import Settings

BuildId = Annotated[str, typer.Option("--build", help="Name of the warehouse build.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("sample")(sample)
    app.command("load-raw")(load_raw)
    app.command("set-aside")(set_aside)
    app.command("fix-ceiling")(fix_ceiling)
    app.command("transform")(transform)
    app.command("publish")(publish)
    app.command("sql")(sql)


def sample(
    users: Annotated[
        int | None,
        typer.Option(min=0, help="Households to take; 0 means all. Default: AISLE_SAMPLE_USERS."),
    ] = None,
) -> None:
    """Land the sample shop: the Complete Journey year as Order Completed events."""
    from aisle.pipeline.sample import land_sample

    settings = Settings()
    rows = land_sample(settings, settings.sample_users if users is None else users)
    counts = ", ".join(f"{count:,} {kind}" for kind, count in rows.items())
    typer.echo(f"Landed {counts} in {settings.landing}")


def load_raw(
    require_new: Annotated[
        bool, typer.Option("--require-new", help="Exit with 99 when there is nothing new.")
    ] = False,
) -> None:
    """Load the landing zone into raw tables, every message exactly once."""
    from aisle.pipeline.load_raw import describe, load_raw

    batch = load_raw(Settings())
    if require_new and not batch.rows_loaded:
        raise NothingToDo(describe(batch))
    typer.echo(describe(batch))


def set_aside(
    message_ids: Annotated[list[str], typer.Argument(help="message_id of each event to move.")],
    reason: Annotated[str, typer.Option(help="Why; kept beside the event in raw.quarantine.")],
) -> None:
    """Move loaded events that fail a check to raw.quarantine; corrected ones can then be loaded."""
    from aisle.pipeline.set_aside import set_aside

    moved = set_aside(Settings(), message_ids, reason)
    typer.echo(f"Moved {moved:,} rows from raw.events to raw.quarantine")


def fix_ceiling(build: BuildId) -> None:
    """Fix which loaded batches a build reads, what "now" is for it, and its dates of pairs.

    Features of pairs (user and item, …) are computed for now and for the cutoffs of the next
    training, which follow from horizon_days in training/params.yaml.
    """
    from aisle.pipeline.build import fix_ceiling
    from training.params import load_params

    plan = fix_ceiling(Settings(), build, horizon_days=load_params()["horizon_days"])
    typer.echo(f"Build {build}: batches up to {plan.max_batch_id}, as of {plan.as_of}")


def transform(build: BuildId) -> None:
    """Run one dbt build: raw rows to marts and features."""
    from aisle.pipeline.build import transform

    transform(Settings(), build)


def publish(build: BuildId) -> None:
    """Export the checked marts as Parquet and move the pointer everyone reads."""
    from aisle.pipeline.publish import publish

    typer.echo(f"Published {publish(Settings(), build)}")


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over the published marts.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Ask the warehouse (raw.*, staging.*, marts.*) instead.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows to print at most as a table.")] = 50,
) -> None:
    """Answer a query on the published marts.

    Tables: aisle sql "show tables". With --raw the warehouse itself answers, when nothing is
    writing to it.
    """
    from aisle.pipeline.query import query as run_query
    from aisle.pipeline.query import render

    answer = run_query(Settings(), query, raw=raw)
    if as_json:
        typer.echo(json.dumps(answer.records(), default=str, ensure_ascii=False, indent=2))
    else:
        render(answer, limit)
