"""Commands that move the champion by hand and show how it moved: promote, rollback, history."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.core.settings import Settings

if TYPE_CHECKING:
    from rich.text import Text

    from training.model_history import Entry
    from training.moves import Move

REFRESH_LISTS = (
    "Lists for other tools are still the old ones: trigger the DAG `publish_recommendations`, "
    "or run `aisle publish-recommendations --run NAME` and `aisle warm-recommendations`. "
    "`aisle serve` follows by itself."
)
PLAIN_WIDTH = 140  # of a log file or a pipe; a terminal has its own
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the version for good.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this area to `app`."""
    app.command("promote")(promote)
    app.command("rollback")(rollback)
    app.command("history")(history)


def promote(
    version: Annotated[str, typer.Argument(help="Number of a registered version.")],
    reason: Reason = "no reason given",
) -> None:
    """Make a registered version champion by hand, after proving that it loads and answers."""
    from training.promote import promote as promote_version

    typer.echo(what_moved(promote_version(Settings(), version, reason)))


def rollback(reason: Reason = "no reason given") -> None:
    """Make the previous champion champion again; a second time it changes nothing (exit 99)."""
    from training.promote import rollback as roll_back

    typer.echo(what_moved(roll_back(Settings(), reason)))


def what_moved(move: "Move") -> str:
    """Return what a person wants to read after a move."""
    before = f"in place of version {move.replaced}" if move.replaced else "where there was none"
    lines = [f"Version {move.version} is champion now, {before} ({move.action}: {move.reason})."]
    if move.replaced:
        lines.append(
            f"`previous_champion` is version {move.replaced}; the recipe of version "
            f"{move.replaced} does not compete again until there is newer data."
        )
    return "\n".join([*lines, REFRESH_LISTS])


def history(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show every version that was made or became champion: when, by whom, why, how good."""
    from training.model_history import history as read_history
    from training.model_history import warning

    entries = read_history(Settings())
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in entries], default=str, indent=2))
        return
    if not entries:
        typer.echo("No version is registered yet: run `make run` first.")
        return
    _print_table(entries)
    trouble = warning(entries)
    if trouble:
        typer.echo(trouble, err=True)


def _print_table(entries: "list[Entry]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("version", "when (UTC)", "action", "recipe", "quality", "why", show_lines=True)
    for entry in entries:
        shown = [entry.version, *(f"@{alias}" for alias in entry.aliases)]
        action = [entry.action, f"by {entry.by}"]
        action += [f"replaced {entry.replaced}"] if entry.replaced else []
        cells = ["\n".join(shown), f"{entry.at:%Y-%m-%d %H:%M}", "\n".join(action)]
        quality = f"{entry.metric}\n{entry.value}"
        table.add_row(*map(_plain, [*cells, entry.recipe, quality, entry.reason]))
    console = Console()
    (console if console.is_terminal else Console(width=PLAIN_WIDTH)).print(table)


def _plain(text: str) -> "Text":
    from rich.text import Text

    return Text(text)  # as it is: a reason may hold what rich takes for markup
