"""Command `aisle check`: is the data at a border fit to use?"""

import logging
import os
from enum import StrEnum
from typing import Annotated

import typer

from aisle.core.settings import Settings


class BorderName(StrEnum):
    """What can be checked."""

    raw = "raw"
    marts = "marts"
    all = "all"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("check")(check)


def check(
    border: Annotated[
        BorderName,
        typer.Argument(
            help="raw: before dbt; marts: before publishing; all: both and the published files, "
            "as DAG check_quality does every night."
        ),
    ],
    build: Annotated[
        str, typer.Option("--build", help="Name of the warehouse build, or of the night.")
    ],
) -> None:
    """Check a border with Great Expectations; exit 1 when a critical rule fails."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when the library is imported

    logging.getLogger("great_expectations").setLevel(logging.WARNING)

    from expectations.night import check_all
    from expectations.report import summary
    from expectations.run import check as check_border

    settings = Settings()
    if border is BorderName.all:
        results = check_all(settings, build)
    else:
        results = [check_border(settings, border.value, build)]
    for result in results:
        typer.echo(summary(result))
    typer.echo(f"Data Docs: {results[0].data_docs}")
