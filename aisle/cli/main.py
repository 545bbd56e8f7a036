"""The `aisle` command: gathers the commands of all areas and turns errors into exit codes."""

import logging
import sys
from typing import TYPE_CHECKING

import typer
from pydantic import SecretStr, ValidationError

from aisle.cli import (
    backtest,
    check,
    clean,
    collect,
    compare,
    data,
    doctor,
    embeddings,
    feature_catalogue,
    feature_choice,
    features,
    importing,
    mlflow_pages,
    quarantine,
    recommend,
    registry,
    run,
    serve,
    train,
    tune,
    ui,
    warehouse_docs,
)
from aisle.core.access import describe_denied
from aisle.core.damaged_database import describe_damaged_database
from aisle.core.disk import describe_disk_full, is_disk_full
from aisle.core.errors import AisleError, NothingToDo
from aisle.core.settings import Settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

NOTHING_TO_DO = 99  # Airflow shows the task as skipped

app = typer.Typer(
    name="aisle",
    help="Personalization for online shops: from events to recommendations that evidence supports.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AREAS = (
    run,
    importing,
    quarantine,
    ui,
    doctor,
    clean,
    data,
    check,
    embeddings,
    features,
    feature_catalogue,
    feature_choice,
    train,
    tune,
    compare,
    backtest,
    registry,
    serve,
    collect,
    recommend,
    mlflow_pages,
    warehouse_docs,
)
for area in AREAS:
    area.register(app)


def main() -> None:
    """Run the command line; print an error a person can act on as one message, exit 1."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        app()
    except NothingToDo as reason:
        typer.echo(f"Nothing to do: {reason}", err=True)
        raise SystemExit(NOTHING_TO_DO) from None
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        typer.echo(f"Error: {describe_settings(error)}", err=True)
        raise SystemExit(1) from None
    except Exception as error:
        if is_disk_full(error):
            message = describe_disk_full(error, Settings().root)
        elif isinstance(error, AisleError):
            message = str(error)
        else:
            known = describe_denied(error) or describe_damaged_database(error, Settings().root)
            if known is None:
                raise
            message = known
        typer.echo(f"Error: {message}", err=True)
        raise SystemExit(1) from None


def describe_settings(error: ValidationError) -> str:
    """Return which AISLE_ variables are wrong, and how."""
    wrong = [
        f"AISLE_{'.'.join(map(str, problem['loc'])).upper()}={_shown(problem)}: "
        f"{problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    ]
    return "\n".join(["these settings cannot be used (see .env.example):", *wrong])


def _shown(problem: "ErrorDetails") -> object:
    """Return the value that was refused; a secret stays one."""
    field = Settings.model_fields.get(str(problem["loc"][0]))
    return "(hidden)" if field and field.annotation is SecretStr else problem["input"]
