"""Command `aisle compare`: how judged runs differ, user by user, by task and segment."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.core.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

    from training.paired import PairedComparison

PLAIN_WIDTH = 120  # of a log file or a pipe; a terminal has its own


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("compare")(compare)


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            help="MLflow run ids, training ids, or TRAINING:RECIPE; the first is the rule."
        ),
    ],
    metric: Annotated[str, typer.Option(help="Such as ndcg_at_10 or recall_at_20.")] = "ndcg_at_10",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print paired differences with intervals; a training alone stands for all its rivals."""
    from rich.console import Console

    from training.paired import compare_runs

    comparison = compare_runs(Settings(), runs, metric)
    if as_json:
        typer.echo(json.dumps(comparison.document, indent=2))
        return
    console = Console() if Console().is_terminal else Console(width=PLAIN_WIDTH)
    for table in (differences_table(comparison), costs_table(comparison)):
        console.print(table)
    typer.echo(
        f"Against {comparison.reference}, user by user, on snapshot {comparison.snapshot_id}. 95% "
        "intervals; those of differences hold for all pairs of runs at once. * marks beyond noise."
    )


def differences_table(comparison: "PairedComparison") -> "Table":
    """Return each run's mean and its difference to the first, by task and segment."""
    from rich.table import Table

    from training.wording import signed, title, with_bounds

    table = Table("measure", "users", "run", "mean [95%]", "difference [95%]")
    for row in comparison.rows:
        for place, (name, mean) in enumerate(row.means.items()):
            difference = row.differences[name]
            mark = "*" if difference.low > 0 or difference.high < 0 else ""
            shown = "-" if name == comparison.reference else f"{signed(difference)} {mark}".strip()
            head = (title(row.measure.name), f"{row.users:,}") if place == 0 else ("", "")
            table.add_row(*head, name, with_bounds(mean), shown)
    return table


def costs_table(comparison: "PairedComparison") -> "Table":
    """Return what each run cost, and what the first measure is worth a second."""
    from rich.table import Table

    from training.wording import title

    first = comparison.rows[0] if comparison.rows else None
    worth = f"{title(first.measure.name)} / s" if first else "/ s"
    table = Table("run", "fit s", "score s", "peak MiB", "model MiB", worth)
    for name, cost in comparison.costs.items():
        mean = first.means[name].mean if first else 0.0
        seconds = cost.fit_seconds + cost.score_seconds
        table.add_row(
            name,
            f"{cost.fit_seconds:.1f}",
            f"{cost.score_seconds:.1f}",
            f"{cost.peak_memory_bytes / 2**20:.0f}",
            f"{cost.artifact_bytes / 2**20:.1f}",
            f"{mean / seconds:.3f}" if seconds else "-",
        )
    return table
