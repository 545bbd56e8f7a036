"""The command for a shop's own data: import."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.core.settings import Settings

if TYPE_CHECKING:
    from aisle.pipeline.importing.import_shop import Imported
    from aisle.pipeline.importing.staging import Watch

ENDINGS = (
    "CSV, TSV, JSON lines or Parquet, plain or .gz; give it again, or a quoted glob, for more."
)
MOST_NOTES = 40


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("import")(import_)


def import_(
    events: Annotated[
        list[str] | None, typer.Option("--events", metavar="FILE", help=f"Orders: {ENDINGS}")
    ] = None,
    products: Annotated[
        list[str] | None, typer.Option("--products", metavar="FILE", help=f"Catalogue: {ENDINGS}")
    ] = None,
    customers: Annotated[
        list[str] | None, typer.Option("--customers", metavar="FILE", help=f"Users: {ENDINGS}")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="YAML that says which column is which."),
    ] = None,
) -> None:
    """Import a shop's own files into the landing zone; then `aisle run` does the rest.

    Events need a user (or a session), an item and a time; common names of columns are recognised.
    Importing the same files twice changes nothing. The whole contract: docs/reference/import.md

    Examples:

    aisle import --events orders.csv --products catalogue.parquet

    aisle import --events 'export/2026-*.csv.gz' --mapping shop.yaml
    """
    from aisle.pipeline.importing.import_shop import Request, import_shop
    from aisle.pipeline.importing.mapping import read_mapping

    settings = Settings()
    request = Request(
        {"events": events or [], "products": products or [], "customers": customers or []},
        read_mapping(mapping),
    )
    with _watching() as watch:
        imported = import_shop(settings, request, watch)
    show_import(settings, imported)


def show_import(settings: Settings, imported: "Imported") -> None:
    """Print what was recognised, the sum of each file, and what was refused."""
    for note in imported.notes:
        typer.echo(note)
    for count in imported.counts:
        typer.echo(
            f"{count.kind}, {count.file}: {count.rows:,} rows = {count.landed:,} landed + "
            f"{count.quarantined:,} quarantined"
        )
    for reason in imported.reasons:
        typer.echo(f"  {reason.rows:,} {reason.kind} quarantined, for example: {reason.example}")
    if imported.reasons:
        typer.echo("See each of them, with its original text: aisle quarantine")
    made = f" with {imported.events:,} events" if imported.events else ""
    typer.echo(f"Landed {imported.name}{made} in {settings.landing}; next: aisle run")


@contextmanager
def _watching() -> Iterator["Watch"]:
    """Yield what shows progress: a bar on a terminal, one line a step elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _one_line_a_step()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    steps: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True) as bars:

        def show(step: str, fraction: float) -> None:
            for task in bars.tasks:
                if step not in steps:  # a new step: those before it have ended
                    bars.update(task.id, total=1, completed=1)
            if step not in steps:
                steps[step] = bars.add_task(step, total=1 if fraction else None)
            bars.update(steps[step], completed=fraction, total=1 if fraction else None)

        yield show


def _one_line_a_step() -> "Watch":
    seen: set[str] = set()

    def show(step: str, _fraction: float) -> None:
        if step not in seen:
            seen.add(step)
            typer.echo(step, err=True)

    return show
