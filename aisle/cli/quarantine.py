"""The commands quarantine, which lists what could not be used, and quarantine replay."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from aisle.core.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    area = typer.Typer(callback=quarantine, invoke_without_command=True)
    area.command("replay")(replay)
    app.add_typer(area, name="quarantine")


def quarantine(
    context: typer.Context,
    kind: Annotated[
        str, typer.Option(help="Only this kind: events, products, customers, order lines.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Only reasons that hold this text.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Rows to print at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    also_replayed: Annotated[
        bool, typer.Option("--all", help="Also events that a replay has landed since.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all of them to this file: CSV.")
    ] = None,
) -> None:
    """List what could not be used: why, how often, and each row's file, line and original text.

    Examples:

    aisle quarantine --kind events --reason timestamp

    aisle quarantine --out refused.csv

    aisle quarantine replay --reason 'no event name'
    """
    if context.invoked_subcommand:
        return
    from rich.console import Console

    from aisle.pipeline.quarantine import Wanted, open_quarantine, show_quarantine

    with open_quarantine(Settings(), Wanted(kind, reason, also_replayed)) as found:
        if out is not None:
            typer.echo(f"Wrote {found.write(out):,} rows to {out}")
        elif as_json:
            content = {
                "summary": [asdict(line) for line in found.summary()],
                "rows": [asdict(row) for row in found.first(limit)],
            }
            typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
        else:
            show_quarantine(found, limit, Console())


def replay(
    reason: Annotated[str, typer.Option(help="Only reasons that hold this text.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Events to land at most.")] = None,
) -> None:
    """Judge again what the collector refused, and land what is good now.

    After a fix of the tracking plan or of the collector. An event lands once however often this
    runs or is killed; `aisle load-raw` then loads it. What is still bad stays quarantined.

    Examples:

    aisle quarantine replay --reason 'no event name' --limit 10
    """
    from aisle.collector.replaying import judge_again
    from aisle.pipeline.replay import replay as replay_events

    settings = Settings()
    done = replay_events(settings, judge_again(settings), reason, limit)
    for why, rows in done.still_refused.most_common():
        typer.echo(f"{rows:,} still refused: {why}")
    if done.landed:
        place = settings.landing / done.landed_file
        typer.echo(f"Landed {done.landed:,} events in {place}; next: aisle load-raw")
    else:
        typer.echo("Nothing to replay.")
