"""`aisle tune …`: search better parameters; each step is a task that is safe to run again."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from aisle.core.settings import Settings

if TYPE_CHECKING:
    from training.tuning.folder import TuningFolder

tune_app = typer.Typer(
    help="Search better parameters before the test windows: plan, trial (each), finish; or run, "
    "which does all of it.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add `aisle tune` to the command line."""
    app.add_typer(tune_app, name="tune")


RunId = Annotated[str, typer.Option("--run", help="ID of the tuning; names its folder.")]
Recipes = Annotated[
    str, typer.Option(help="Names of params.yaml with commas between; if empty, the line-up's.")
]
Sampler = Annotated[str, typer.Option(help="grid, random or tpe (Bayesian).")]
Trials = Annotated[int, typer.Option(help="Trials of each recipe, besides what it says now.")]
Minutes = Annotated[float, typer.Option(help="Minutes of work after which no trial starts.")]
Windows = Annotated[int, typer.Option(help="Windows before the tests that trials are judged on.")]
Metric = Annotated[str, typer.Option(help="What is searched for, such as next_ndcg_at_10.")]
Seed = Annotated[int, typer.Option(help="The same seed and order try the same parameters.")]
Users = Annotated[
    int, typer.Option(help="Users trials are judged on, drawn by kind of user; 0: all of them.")
]
WithinNoise = Annotated[
    bool, typer.Option("--within-noise", help="Propose what is better within noise only, too.")
]


@tune_app.command()
def plan(
    run: RunId,
    recipes: Recipes = "",
    sampler: Sampler = "tpe",
    trials: Trials = 20,
    minutes: Minutes = 60,
    windows: Windows = 2,
    metric: Metric = "next_ndcg_at_10",
    seed: Seed = 7,
    users: Users = 0,
) -> None:
    """Freeze the data before the tests; print the places of all trials as JSON on the last line."""
    from training.tuning.plan import Request
    from training.tuning.tune import plan_tuning

    settings, folder = _open(run)
    request = Request(sampler, trials, minutes, windows, metric, seed, users)
    planned = plan_tuning(settings, folder, request, _names(recipes))
    typer.echo(f"{len(planned.places)} trials of {', '.join(r.name for r in planned.recipes)}.")
    typer.echo(json.dumps(planned.places))


@tune_app.command()
def trial(
    run: RunId,
    trial: Annotated[str, typer.Option(help="One of the places that `aisle tune plan` prints.")],
) -> None:
    """Judge the parameters of one place (exit code 99: the time is used up)."""
    from training.tuning.trial import run_trial
    from training.tuning.tune import told

    typer.echo(told(run_trial(*_open(run), trial)))


@tune_app.command()
def finish(run: RunId, within_noise: WithinNoise = False) -> None:
    """Compare the best with what there is; write plots and a patch of params.yaml for review."""
    settings, folder = _open(run)
    _finish(settings, folder, within_noise)


@tune_app.command("run")
def run_all(
    run: RunId,
    recipes: Recipes = "",
    sampler: Sampler = "tpe",
    trials: Trials = 20,
    minutes: Minutes = 60,
    windows: Windows = 2,
    metric: Metric = "next_ndcg_at_10",
    seed: Seed = 7,
    users: Users = 0,
    within_noise: WithinNoise = False,
) -> None:
    """Plan, take all places one after the other, and finish. Again, it goes on where it stopped."""
    from training.tuning.plan import Request
    from training.tuning.tune import plan_tuning, run_places

    settings, folder = _open(run)
    request = Request(sampler, trials, minutes, windows, metric, seed, users)
    planned = plan_tuning(settings, folder, request, _names(recipes))
    run_places(settings, folder, planned, typer.echo)
    _finish(settings, folder, within_noise)


def _finish(settings: Settings, folder: "TuningFolder", within_noise: bool) -> None:
    from training.tuning.tune import description, finish_tuning

    found = finish_tuning(settings, folder, within_noise=within_noise)
    text = found.patch.read_text(encoding="utf-8") if found.patch else ""
    typer.echo(description(found.findings, text))
    typer.echo(f"Plots and trials are in {folder.findings} and in MLflow run {found.run_id}.")
    if found.patch:
        typer.echo(f"Review it, then: git apply {found.patch}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _open(run: str) -> "tuple[Settings, TuningFolder]":
    from training.tuning.folder import tuning_folder

    settings = Settings()
    return settings, tuning_folder(settings, run)
