"""Two trainings of a small shop: the second begins with what the first learned, and says so."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.settings import Settings
from tests.integration.training_shop import judge, publish_shop, with_database
from tests.unit.training.growing_shop import RECIPE
from training import recipes
from training.dataset import read_snapshot
from training.folder import training_folder
from training.register import register_winner
from training.report import open_training
from training.snapshot import freeze
from training.starts import read_plan
from training.tracking import open_tracker


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch, empty_mlflow: Path) -> Settings:
    """A workspace with the published marts of a small shop."""
    return publish_shop(with_database(settings, empty_mlflow), monkeypatch)


def test_the_next_training_starts_from_the_registered_fit_and_mlflow_shows_it(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _, _ = judge(shop, "first", [RECIPE])
    assert register_winner(shop, first) == "1"

    second = training_folder(shop, "second")
    freeze(shop, second, horizon_days=21)
    open_training(shop, second)
    monkeypatch.setattr(recipes, "load_lineup", lambda _: [RECIPE])
    told = CliRunner().invoke(app, ["train", "recipes", "--run", "second"], catch_exceptions=False)
    assert "hybrid starts from training first." in told.output
    assert json.loads(told.output.splitlines()[-1]) == ["hybrid"]
    judge(shop, "second")

    end = read_snapshot(first.snapshot).dataset("end").cutoff
    assert read_plan(second, "hybrid").starts[end.isoformat()] == (
        f"first/embeddings/hybrid/fit-{end:%Y%m%dT%H%M%S}"
    )
    tracker = open_tracker(shop)
    runs = tracker.client.search_runs([tracker.experiment_id], "tags.kind = 'rival'")
    assert {run.data.tags["training_id"]: run.data.params["chosen.start"] for run in runs} == {
        "first": "nothing",
        "second": "training first",
    }
    assert all({"fit_seconds", "choose_seconds"} <= set(run.data.metrics) for run in runs)
