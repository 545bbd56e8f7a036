"""Command `aisle run`: the whole chain once, from landing zone to a promoted model."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from aisle.core.settings import Settings
    from aisle.runner.progress import Progress


PLAIN_WIDTH = 100  # of a log file or a pipe; a terminal has its own


def register(app: typer.Typer) -> None:
    """Add the command of this area to `app`."""
    app.command("run")(run)


def run(
    measure: Annotated[
        bool, typer.Option("--measure", help="Print the peak memory of all processes at the end.")
    ] = False,
) -> None:
    """Run the whole chain once on a private Airflow and show what came out of it."""
    import logging
    from contextlib import ExitStack

    from rich.console import Console

    from aisle.core.disk import require_room
    from aisle.core.settings import Settings
    from aisle.runner.interrupt import ending_on_terminate
    from aisle.runner.lock import only_runner
    from aisle.runner.memory import MemoryPeak
    from aisle.runner.progress import Progress
    from aisle.runner.run import run_chain

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every request
    settings = Settings()
    console = Console() if Console().is_terminal else Console(width=PLAIN_WIDTH)
    with ExitStack() as stack:
        stack.enter_context(ending_on_terminate())
        require_room(settings.root)
        stack.enter_context(only_runner(settings.root))
        if measure:
            peak = stack.enter_context(MemoryPeak())
            stack.callback(lambda: typer.echo(peak.describe()))
        with Progress(console).shown() as progress:
            training = run_chain(settings, progress)
            complete_lists(settings, progress)
        show_result(console, settings, training)


def complete_lists(settings: "Settings", progress: "Progress") -> None:
    """Publish the champion's lists where a killed run left them out: no promotion starts it now."""
    from aisle.serving.publish_lists import are_lists_behind, publish_lists
    from aisle.serving.warm import warm_lists

    if are_lists_behind(settings):
        with progress.step("lists of the present champion"):
            publish_lists(settings, "after-run")
            warm_lists(settings)


def show_result(console: "Console", settings: "Settings", training: Path) -> None:
    """Print the rivals, the decision, five shoppers, and where to look next."""
    from aisle.runner.summary import decision_sentence, rivals_table

    console.print()
    console.print(rivals_table(training))
    console.print(f"{decision_sentence(training)}\n", markup=False, highlight=False, soft_wrap=True)
    user_id = show_examples(console, settings)
    console.print(where_to_look(settings, user_id), markup=False, highlight=False, soft_wrap=True)


def show_examples(console: "Console", settings: "Settings") -> str | None:
    """Print what shoppers chose lately and what the champion recommends; return one's id."""
    from rich.table import Table

    from aisle.serving.examples import example_users

    table = Table(title="Five shoppers", title_justify="left", show_lines=True)
    table.add_column("shopper")
    table.add_column("chose lately", ratio=1)
    table.add_column("Aisle recommends", ratio=1)
    examples = example_users(settings, count=5)
    for example in examples:
        recommended = [
            f"{item.title}{'' if item.is_bought_before else ' (new to them)'}"
            for item in example.recommended
        ]
        table.add_row(example.user_id, *map(_lines, (example.bought_lately, recommended)))
    console.print(table)
    return examples[0].user_id if examples else None


def _lines(titles: list[str]) -> "Text":
    from rich.text import Text

    return Text("\n".join(titles))  # as it is: a title may hold what rich takes for markup


def where_to_look(settings: "Settings", user_id: str | None) -> str:
    """Return the commands and files that show more."""
    user = quote(user_id or "someone", safe="")
    address = f"http://127.0.0.1:{settings.serving_port}/v1/recommendations?user_id={user}"
    workspace = f"AISLE_HOME={settings.home} " if "AISLE_HOME" in os.environ else ""
    places = {
        "recommendations over HTTP": f"{workspace}make serve, then: curl '{address}&limit=5'",
        "who won, and why": f"{workspace}make mlflow",
        "is the data fit to use": settings.data_docs / "index.html",
        "the published tables": f"{workspace}{_command()} sql 'from dim_items limit 5'",
        "lists for e-mail and CRM": settings.recommendations / "current",
        "all of it as pages": f"{workspace}make ui",
        "Airflow's logs": settings.airflow / "logs",
    }
    lines = [f"  {title:<27}{place}" for title, place in places.items()]
    return "\n".join(["", "Where to look next", *lines])


def _command() -> str:
    """Return how to call `aisle` from here: it is on no PATH unless the venv is active."""
    executable = Path(sys.executable).with_name("aisle")
    here = Path.cwd()
    return str(executable.relative_to(here) if executable.is_relative_to(here) else executable)
