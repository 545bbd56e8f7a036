"""Command `aisle check`: is the data at a border fit to use?"""

import logging
import os
from enum import StrEnum
from typing import Annotated

import typer

from aisle.core.settings import Settings


class BorderName(StrEnum):
    """The borders that have rules."""

    raw = "raw"
    marts = "marts"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check")(check)


def check(
    border: Annotated[
        BorderName, typer.Argument(help="raw: before dbt; marts: before publishing.")
    ],
    build: Annotated[str, typer.Option("--build", help="Name of the warehouse build.")],
) -> None:
    """Check a border with Great Expectations; exit 1 when a critical rule fails."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when the library is imported

    logging.getLogger("great_expectations").setLevel(logging.WARNING)

    from expectations.report import summary
    from expectations.run import check as check_border

    result = check_border(Settings(), border.value, build)
    typer.echo(summary(result))
    typer.echo(f"Data Docs: {result.data_docs}")
