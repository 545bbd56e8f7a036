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
    folder = write_selection(settings.feature_selection, selection)
    run_id = log_selection(settings, selection, folder)
    typer.echo(description(selection))
    typer.echo(f"All verdicts are in {folder / DOCUMENT}, table and plot in MLflow run {run_id}.")


@features_app.command()
def propose(
    users: Annotated[int, typer.Option(help="Users that the probe is fitted on.")] = 300,
    judged_users: Annotated[int, typer.Option(help="Users that importance is measured on.")] = 300,
    repeats: Annotated[int, typer.Option(help="Shuffles of each feature.")] = 5,
    seed: Annotated[int, typer.Option(help="The same seed gives the same verdicts.")] = 7,
) -> None:
    """Synthesize features on a sample; print those that are worth it as entries of the grid."""
    from training.selection.grid_entries import as_yaml, grid_entries, is_computable
    from training.selection.propose import propose_features, sentences
    from training.selection.show import PROPOSED, description, log_selection, write_selection
    from training.selection.verdicts import Request

    settings = Settings()
    request = Request(users, judged_users, repeats=repeats, seed=seed)
    proposals = propose_features(settings, request, _progress())
    text = as_yaml(grid_entries(proposals.wishes))
    selection = proposals.selection
    folder = write_selection(settings.feature_proposals, selection, {"grid_entries.yml": text})
    run_id = log_selection(settings, selection, folder, PROPOSED)
    typer.echo("\n\n".join([description(selection), *sentences(proposals)]))
    others = [wish for wish in proposals.wishes if not is_computable(wish.key, wish.name)]
    for wish in others:
        typer.echo(f"The grid cannot compute {wish.name} of {wish.key} over {wish.days} days.")
    typer.echo(f"Entries that dbt_project/features.yml lacks:\n{text}" if text.strip() else "None.")
    typer.echo(f"Everything is in {folder} and in MLflow run {run_id}.")


def _progress() -> Callable[[str], None]:
    """Return what tells progress on standard error, with the seconds so far."""
    started = time.monotonic()

    def tell(text: str) -> None:
        typer.echo(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr)

    return tell
