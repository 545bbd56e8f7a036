"""Command `aisle backtest`: what every rival would have shown at a moment, as checkable files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

PLAIN_WIDTH = 100  # of a log file or a pipe; a terminal has its own
SHOWN = ("recall", "ndcg")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("backtest")(backtest)


def backtest(
    cutoff: Annotated[
        str, typer.Option(help="Only what was known before is used, such as 2017-12-11T05:00:00.")
    ],
    out: Annotated[Path, typer.Option(help="New or empty folder; or that of the same backtest.")],
    horizon_days: Annotated[
        float, typer.Option(help="Days after the cutoff that are judged.")
    ] = 21,
    k: Annotated[int, typer.Option("--k", help="Items per user and list.")] = 20,
    models: Annotated[
        str, typer.Option(help="Names of training/params.yaml, commas between; else AISLE_LINEUP.")
    ] = "",
) -> None:
    """Fit every rival on what was known before a moment; write its lists and metrics."""
    from rich.console import Console

    from training.backtest import METRICS, Request
    from training.backtest import backtest as run_backtest

    request = Request(moment(cutoff), horizon(horizon_days), k)
    names = [name.strip() for name in models.split(",") if name.strip()]
    document = run_backtest(Settings(), request, out, models=names, progress=typer.echo)
    console = Console() if Console().is_terminal else Console(width=PLAIN_WIDTH)
    console.print(metrics_table(document, k))
    typer.echo(f"Lists are in {out}/MODEL/, metrics and their definitions in {out / METRICS}.")


def moment(text: str) -> datetime:
    """Return a moment as naive UTC; a text with an offset is converted."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise AisleError(
            f"--cutoff {text!r} is no moment: write it like 2017-12-11T05:00:00 (UTC)."
        ) from error
    return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed


def horizon(days: float) -> timedelta:
    """Return the days as a length of time; a number that is none is refused."""
    try:
        return timedelta(days=days)
    except (OverflowError, ValueError) as error:
        raise AisleError(
            f"--horizon-days {days:g} is no length of time: give a number of days, such as 21."
        ) from error


def metrics_table(document: dict[str, Any], k: int) -> "Table":
    """Return recall and NDCG of each model and task."""
    from rich.table import Table

    table = Table("model", "task", "users", *(f"{name}@{k} [95%]" for name in SHOWN))
    for model, made in document["models"].items():
        for task, measured in made["tasks"].items():
            cells = [_shown(measured["metrics"].get(f"{name}_at_{k}")) for name in SHOWN]
            table.add_row(model, task, f"{measured['users']:,}", *cells)
    return table


def _shown(value: dict[str, float] | None) -> str:
    if value is None:
        return "-"
    return "{mean:.4f} ({low:.4f}, {high:.4f})".format(**value)
