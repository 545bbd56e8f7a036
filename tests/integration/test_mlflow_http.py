"""A training, the registry's commands, serving and a stranger's environment, all over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.settings import REPOSITORY, Settings
from aisle.serving.app import create_app
from tests.integration.mlflow_http import mlflow_server
from tests.integration.training_shop import RECIPES, publish_shop
from training import recipes
from training.tracking import open_tracker
from training.versions import CHAMPION, MODEL, tag_version, version_at

UV = str(Path(sys.executable).with_name("uv"))
STRANGER = Path(__file__).with_name("answer_elsewhere.py")
POOR = {"name": "old", "family": "popularity", "params": {"window_days": 28}}


def aisle(*arguments: str) -> str:
    """Return what a command printed; it has to succeed."""
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, f"{arguments}: {ran.output} {ran.exception!r}"
    return ran.output


def train(run: str) -> None:
    """Run every command of a training, as its DAG does."""
    aisle("train", "snapshot", "--run", run)
    names = json.loads(aisle("train", "recipes", "--run", run).splitlines()[-1])
    for name in names:
        aisle("train", "fit", "--run", run, "--recipe", name)
    for step in ("compare", "gate", "register"):
        aisle("train", step, "--run", run)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path) -> Iterator[Settings]:
    """A shop trained twice against a server: version 2 is champion, version 1 was before.

    Version 1 is made to look as if popularity had made it, so that the same data promotes twice.
    """
    with (
        mlflow_server(tmp_path_factory.mktemp("server"), empty_mlflow) as address,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AISLE_HOME", str(tmp_path_factory.mktemp("over_http") / "home"))
        patch.setenv("AISLE_MLFLOW_URI", address)
        patch.setattr(recipes, "load_lineup", lambda name: RECIPES)
        settings = publish_shop(Settings(), patch)
        train("first")
        tag_version(open_tracker(settings), "1", "recipe", json.dumps(POOR))
        train("second")
        yield settings


@pytest.fixture(scope="module")
def copied(shop: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The champion's folder, downloaded through the server."""
    place = tmp_path_factory.mktemp("copied")
    address = f"models:/{MODEL}@{CHAMPION}"
    open_tracker(shop)
    return Path(mlflow.artifacts.download_artifacts(address, dst_path=str(place)))


@pytest.fixture(scope="module")
def elsewhere(copied: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that holds the model's logged requirements and what those need, nothing else.

    The lock picks their versions, so that nothing has to be fetched that is not here already.
    """
    place = tmp_path_factory.mktemp("clean") / "venv"
    python = place / "bin" / "python"
    _run([UV, "venv", "--quiet", "--python", sys.executable, str(place)])
    install = [UV, "pip", "install", "--quiet", "--python", str(python)]
    install += ["--constraints", str(_pins(place.parent))]
    _run([*install, "--requirements", str(copied / "requirements.txt")])
    return python


def _pins(folder: Path) -> Path:
    """Return the lock's versions without its hashes."""
    lines = (REPOSITORY / "requirements.lock").read_text().splitlines()
    pins = [line.removesuffix(" \\") for line in lines if line and line[0] not in " #"]
    path = folder / "pins.txt"
    path.write_text("\n".join(pins) + "\n")
    return path


def _run(command: list[str], **options: Any) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert ran.returncode == 0, f"{command}: {ran.stderr[-2000:]}"
    return ran.stdout


def test_nothing_of_mlflow_is_kept_in_a_workspace_that_has_a_server(shop: Settings) -> None:
    assert not shop.mlflow.exists()
    tracker = open_tracker(shop)
    experiment = tracker.client.get_experiment(tracker.experiment_id)
    assert experiment.artifact_location.startswith("mlflow-artifacts:")


def test_the_champion_loads_and_answers_where_only_its_requirements_are(
    shop: Settings, copied: Path, elsewhere: Path, tmp_path: Path
) -> None:
    is_ours = ("AISLE_", "PYTHON", "MLFLOW_")
    known = {name: value for name, value in os.environ.items() if not name.startswith(is_ours)}
    known["MLFLOW_TRACKING_URI"] = shop.tracking_uri
    addresses = [str(copied), f"models:/{MODEL}@{CHAMPION}"]
    told = _run([str(elsewhere), "-I", str(STRANGER), *addresses], cwd=tmp_path, env=known)
    found = json.loads(told.splitlines()[-1])

    assert found["importable"] == []
    assert found["imported"] == ["aisle", "training"]
    assert not Path(found["code"]).is_relative_to(REPOSITORY)
    from_folder, over_http = (pd.DataFrame(found["answers"][address]) for address in addresses)
    pd.testing.assert_frame_equal(from_folder, over_http)
    assert list(over_http.columns) == ["user_id", "item_id", "score", "rank", "source"]
    assert list(over_http["user_id"]) == ["u1"] * 3 + ["nobody"] * 2
    assert "i1" not in set(over_http.loc[over_http["user_id"] == "u1", "item_id"])
    assert set(over_http.loc[over_http["user_id"] == "nobody", "source"]) == {"popular"}


def test_lists_and_the_service_answer_from_a_champion_behind_http(
    shop: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "lists.csv"
    aisle("recommend", "--users", "u1,u2", "--k", "3", "--out", str(out))
    lists = pd.read_csv(out)
    assert list(lists["user_id"]) == ["u1"] * 3 + ["u2"] * 3
    with TestClient(create_app(shop)) as client:
        answer = client.get("/v1/recommendations?user_id=u1&limit=3").json()
    assert answer["model_version"] == "2"
    assert [item["item_id"] for item in answer["items"]] == list(lists["item_id"][:3])


def test_the_champion_moves_by_hand_and_its_history_is_told_over_http(shop: Settings) -> None:
    assert "Version 1 is champion now" in aisle("rollback", "--reason", "bad prices")
    assert version_at(open_tracker(shop), CHAMPION) == "1"
    assert "Version 2 is champion now" in aisle("promote", "2", "--reason", "mended")
    assert version_at(open_tracker(shop), CHAMPION) == "2"
    entries = json.loads(aisle("history", "--json"))
    assert [(entry["version"], entry["action"]) for entry in entries] == [
        ("2", "by hand"),
        ("1", "rollback"),
        ("2", "promote"),
        ("1", "promote"),
    ]
