"""Command `aisle ui`: all pages of a workspace, kept up until Ctrl-C."""

from datetime import datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from aisle.runner.ui_services import Page


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("ui")(ui)


def ui() -> None:
    """Keep Airflow, MLflow, Data Docs, dbt docs and the API up on loopback; Ctrl-C ends them.

    `aisle run` in another terminal then uses this Airflow.
    """
    import logging
    from contextlib import ExitStack

    from rich.console import Console

    from aisle.core.settings import Settings
    from aisle.runner.interrupt import ending_on_terminate
    from aisle.runner.progress import Progress
    from aisle.runner.ui import log_folder, running_ui, watch

    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every request
    settings = Settings()
    console = Console() if Console().is_terminal else Console(width=120)
    try:
        with ending_on_terminate(), ExitStack() as stack:
            with Progress(console).shown() as progress:
                kept = stack.enter_context(running_ui(settings, progress))
            console.print(addresses(kept.pages))
            console.print(f"Logs: {log_folder(settings)}", markup=False, soft_wrap=True)
            console.print(
                "Ctrl-C ends all of it. `make run` in another terminal uses this Airflow."
            )
            watch(kept, lambda line: _tell(console, line))
    except KeyboardInterrupt:
        console.print("All of it has ended.")


def addresses(pages: "list[Page]") -> "Table":
    """Return the table of what answers where, with logins."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    for title in ("page", "address", "login", ""):
        table.add_column(title, no_wrap=title == "address", overflow="fold")
    for page in pages:
        table.add_row(*map(Text, (page.title, page.address, page.login, page.says())))
    return table


def _tell(console: "Console", line: str) -> None:
    console.print(f"{datetime.now():%H:%M:%S}  {line}", markup=False, soft_wrap=True)
