"""`aisle train …`: the steps of a training, each one a task that is safe to run again."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aisle.core.settings import Settings

if TYPE_CHECKING:
    from training.folder import TrainingFolder

train_app = typer.Typer(
    help="Compare recipes, let the gate decide, register the winner: "
    "snapshot, recipes, fit (each recipe), compare, gate, cold, register.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add `aisle train` to the command line."""
    app.add_typer(train_app, name="train")


def _fails_with_its_run(command: Callable[..., None]) -> Callable[..., None]:
    """Return a step that, when it fails, marks the training's run in MLflow as failed."""

    @wraps(command)
    def step(run: str, **options: Any) -> None:
        from training.report import failing_with_its_run

        with failing_with_its_run(*_open(run)):
            command(run=run, **options)

    return step


RunId = Annotated[str, typer.Option("--run", help="ID of the training; names its folder.")]


@train_app.command()
def snapshot(run: RunId) -> None:
    """Freeze the published marts and the features known at each cutoff."""
    from training.folder import training_folder
    from training.params import load_params
    from training.report import open_training
    from training.snapshot import freeze

    settings = Settings()
    folder = training_folder(settings, run)
    snapshot_id = freeze(settings, folder, load_params()["horizon_days"])
    open_training(settings, folder)
    typer.echo(f"Snapshot {snapshot_id} of training {run} is in {folder.snapshot}.")


@train_app.command()
@_fails_with_its_run
def recipes(
    run: RunId,
    lineup: Annotated[
        str, typer.Option(help="Line-up of training/params.yaml. Default: AISLE_LINEUP.")
    ] = "",
) -> None:
    """Print who competes, as a JSON list on the last line."""
    from training.champion import standing
    from training.dataset import read_snapshot
    from training.recipes import load_lineup
    from training.rivals import Barred, line_up, read_rivals, write_rivals
    from training.starts import plan_starts, said_of_starts
    from training.unfittable import unfittable

    settings, folder = _open(run)
    if not folder.rivals.is_file():  # later steps must keep meaning the same champion
        now = standing(settings)
        barred = now.barred(read_snapshot(folder.snapshot).data_until)
        listed = load_lineup(lineup or settings.lineup)
        away: list[Barred] = [*barred, *unfittable(listed)]
        lined_up = line_up(listed, now.champion, away)
        plan_starts(folder, lined_up, read_snapshot(folder.snapshot).windows)
        write_rivals(folder, lined_up)
    rivals = read_rivals(folder)
    for sentence in said_of_starts(folder, rivals):
        typer.echo(sentence)
    for sentence in rivals.left_out:
        typer.echo(sentence)
    if rivals.champion:
        typer.echo(
            f"Version {rivals.champion.version} is champion; {rivals.champion_as} is its recipe."
        )
    typer.echo(json.dumps([recipe.name for recipe in rivals.recipes]))


@train_app.command()
@_fails_with_its_run
def fit(
    run: RunId, recipe: Annotated[str, typer.Option(help="One of `aisle train recipes`.")]
) -> None:
    """Fit one recipe on what was known before the cutoff and judge it on the weeks after."""
    from training.fit import first_headline, fit_rival
    from training.wording import title, with_bounds

    settings, folder = _open(run)
    result = fit_rival(settings, folder, recipe)
    seconds = result.cost.fit_seconds
    metric = first_headline(result)
    shown = f"{title(metric)} {with_bounds(result.metrics[metric])}"
    typer.echo(f"{recipe}: {shown}, fitted in {seconds:.1f} s.")


@train_app.command()
@_fails_with_its_run
def compare(run: RunId) -> None:
    """Rank the rivals and show them in MLflow, with a plot."""
    from training.compare import compare as compare_rivals
    from training.folder import parent_run_id
    from training.report import show_comparison
    from training.tables import markdown_table

    settings, folder = _open(run)
    comparison = compare_rivals(folder, parent_run_id(folder))
    show_comparison(settings, folder, comparison)
    typer.echo(markdown_table(comparison))
    typer.echo(f"Best of {len(comparison.rivals)} rivals: {comparison.best}.")


@train_app.command()  # nothing is decided by it: the training's run does not fail with it
def cold(
    run: RunId,
    rivals: Annotated[int, typer.Option(min=1, help="How many of the best are judged so.")] = 3,
) -> None:
    """Judge the best rivals where users, items or a visit are new."""
    from training.cold import judge_cold
    from training.cold_tables import cold_rows
    from training.compare import read_comparison
    from training.report import show_cold
    from training.tables import table

    settings, folder = _open(run)
    comparison = read_comparison(folder)
    results = judge_cold(folder, comparison, most=rivals, threads=settings.threads)
    show_cold(settings, folder, comparison, results)
    names = [one.recipe for one in results]
    typer.echo(table(["measure", "users", *names], cold_rows(folder, results)))
    seconds = sum(one.seconds for one in results)
    typer.echo(f"{', '.join(names)}: judged where all is new, in {seconds:.0f} s.")


@train_app.command()
@_fails_with_its_run
def gate(run: RunId) -> None:
    """Decide whether a rival becomes the champion."""
    from training.compare import read_comparison
    from training.gate import decide
    from training.report import show_decision

    settings, folder = _open(run)
    decision = decide(folder)
    show_decision(settings, folder, read_comparison(folder), decision)
    typer.echo(decision.sentence)


@train_app.command("register")
@_fails_with_its_run
def register_champion(run: RunId) -> None:
    """Refit the winner on everything and make it the champion (exit code 99: nothing to do)."""
    from training.register import register_winner
    from training.versions import MODEL

    settings, folder = _open(run)
    version = register_winner(settings, folder)
    typer.echo(f"Version {version} of {MODEL} is champion.")


@train_app.command()
def lend(
    run: RunId,
    recipe: Annotated[str, typer.Option(help="A judged one of a LightFM family.")],
    to: Annotated[Path, typer.Option(help="A folder that is not there yet.")],
) -> None:
    """Write what a recipe learned of content, for another shop's `start_from`; it names nobody."""
    from training.lending import lend as lend_content

    settings, folder = _open(run)
    lent = lend_content(folder, recipe, to, threads=settings.threads)
    typer.echo(
        f"{to} holds vectors of {lent.components} components for {len(lent.words)} words of "
        f"content. Another shop's recipe begins with them by `start_from: {to}`."
    )


def _open(run: str) -> "tuple[Settings, TrainingFolder]":
    from training.folder import begun_training

    settings = Settings()
    return settings, begun_training(settings, run)
