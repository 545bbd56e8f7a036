"""`aisle features …`: choose features (select, propose) beside applying and materializing them."""

import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

from aisle.cli.features import apply, materialize
from aisle.core.settings import Settings

features_app = typer.Typer(
    help="Features: what each is worth (select), new ones to try (propose), and Feast.",
    no_args_is_help=True,
)
features_app.command("apply")(apply)
features_app.command("materialize")(materialize)


def register(app: typer.Typer) -> None:
    """Add `aisle features` to the command line."""
    app.add_typer(features_app, name="features")


@features_app.command()
def select(
    users: Annotated[int, typer.Option(help="Users the probe is fitted on.")] = 1500,
    judged_users: Annotated[int, typer.Option(help="Users that importance is measured on.")] = 600,
    trees: Annotated[int, typer.Option(help="Trees of the probe.")] = 80,
    repeats: Annotated[int, typer.Option(help="Shuffles of each feature.")] = 5,
    redundant_at: Annotated[
        float, typer.Option(help="Rank correlation from which two features are one.")
    ] = 0.95,
    noise: Annotated[
        float, typer.Option(help="Standard errors that an importance has to exceed.")
    ] = 2.5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same verdicts.")] = 7,
) -> None:
    """Say what each feature is worth on a later window, and which ones repeat another."""
    from training.selection.select import select_features
    from training.selection.show import DOCUMENT, description, log_selection, write_selection
    from training.selection.verdicts import Request

    settings = Settings()
    request = Request(users, judged_users, trees, repeats, redundant_at, noise, seed)
    selection = select_features(settings, request, _progress())
    folder = write_selection(settings, selection)
    run_id = log_selection(settings, selection, folder)
    typer.echo(description(selection))
    typer.echo(f"All verdicts are in {folder / DOCUMENT}, table and plot in MLflow run {run_id}.")


def _progress() -> Callable[[str], None]:
    """Return what tells progress on standard error, with the seconds so far."""
    started = time.monotonic()

    def tell(text: str) -> None:
        typer.echo(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr)

    return tell
