"""Champions come and go in a real registry: promoted, rolled back, promoted by hand, damaged."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import mlflow
import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.artifact import load_artifact, save_artifact
from aisle.core.errors import AisleError, NothingToDo
from aisle.core.settings import Settings
from tests.integration.training_shop import RECIPES, judge, publish_shop, with_database
from training import moves
from training import promote as promotion
from training.champion import DATA_UNTIL, standing
from training.model_history import history, warning
from training.promote import promote, rollback
from training.register import register_winner
from training.rivals import line_up, read_rivals
from training.tracking import open_tracker
from training.versions import (
    CHAMPION,
    MODEL,
    PREVIOUS_CHAMPION,
    point_alias,
    tag_version,
    version_at,
    versions,
)

AISLE = str(Path(sys.executable).with_name("aisle"))
POOR = {"name": "old", "family": "popularity", "params": {"window_days": 28}}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path) -> Iterator[Settings]:
    """A shop whose champion, version 2 made by personal frequency, has replaced version 1.

    Version 1 is made to look as if popularity had made it, so that the same data promotes twice.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_HOME", str(tmp_path_factory.mktemp("registry") / "home"))
        settings = publish_shop(with_database(Settings(), empty_mlflow), patch)
        first, _, _ = judge(settings, "first")
        assert register_winner(settings, first) == "1"
        tag_version(open_tracker(settings), "1", "recipe", json.dumps(POOR))
        second, _, _ = judge(settings, "second")
        assert register_winner(settings, second) == "2"
        yield settings


@pytest.fixture
def shop(workspace: Settings) -> Iterator[Settings]:
    """The workspace, put back as it was when the test is over."""
    tracker = open_tracker(workspace)
    before = {str(version.version): dict(version.tags) for version in versions(tracker)}
    yield workspace
    for version in versions(tracker):
        number = str(version.version)
        if number not in before:
            tracker.client.delete_model_version(MODEL, number)
            continue
        for name in version.tags.keys() - before[number].keys():
            tracker.client.delete_model_version_tag(MODEL, number, name)
        for name, value in before[number].items():
            if version.tags.get(name) != value:
                tag_version(tracker, number, name, value)
    point_alias(tracker, CHAMPION, "2")
    point_alias(tracker, PREVIOUS_CHAMPION, "1")


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let versions move without a process in which they prove that they answer."""
    monkeypatch.setattr(promotion, "prove", lambda version: None)


def aliases(settings: Settings) -> tuple[str | None, str | None]:
    """Return who is champion and who was before."""
    tracker = open_tracker(settings)
    return version_at(tracker, CHAMPION), version_at(tracker, PREVIOUS_CHAMPION)


def actions(settings: Settings) -> list[tuple[str, str]]:
    """Return the history as pairs of version and action, oldest first."""
    return [(entry.version, entry.action) for entry in reversed(history(settings))]


@pytest.mark.usefixtures("unproven")
def test_the_champion_goes_back_once_and_its_recipe_waits_for_newer_data(shop: Settings) -> None:
    assert aliases(shop) == ("2", "1")
    moved = rollback(shop, "prices are wrong")
    assert (moved.version, moved.replaced) == ("1", "2")
    assert aliases(shop) == ("1", "2")
    with pytest.raises(NothingToDo, match=r"in place of version 2.*aisle promote"):
        rollback(shop, "again")
    assert aliases(shop) == ("1", "2")

    third, comparison, decision = judge(shop, "third")
    assert (decision.action, comparison.best) == ("keep", "recent_popularity")
    (sentence,) = read_rivals(third).left_out
    assert "personal_frequency does not compete: version 2" in sentence
    assert "prices are wrong" in sentence

    tag_version(open_tracker(shop), "2", DATA_UNTIL, "2017-12-31T00:00:00")  # newer data came
    fourth, _, decision = judge(shop, "fourth")
    assert (decision.action, decision.winner) == ("promote", "personal_frequency")
    assert register_winner(shop, fourth) == "3"
    assert aliases(shop) == ("3", "1")
    expected = [("1", "promote"), ("2", "promote"), ("1", "rollback"), ("3", "promote")]
    assert actions(shop) == expected


@pytest.mark.usefixtures("unproven")
def test_registering_again_does_not_undo_a_rollback(shop: Settings) -> None:
    rollback(shop, "bad")
    second, _, _ = judge(shop, "second")
    with pytest.raises(NothingToDo, match="has moved since then: version 1 by rollback"):
        register_winner(shop, second)
    assert aliases(shop) == ("1", "2")


@pytest.mark.usefixtures("unproven")
def test_a_refit_that_was_rolled_back_counts_as_data_its_recipe_has_seen(shop: Settings) -> None:
    tracker = open_tracker(shop)
    recipe = tracker.client.get_model_version(MODEL, "2").tags["recipe"]
    tag_version(tracker, "1", "recipe", recipe)  # as if version 2 were a refit of version 1
    tag_version(tracker, "1", DATA_UNTIL, "2017-12-01T00:00:00")
    rollback(shop, "the new data is broken")
    now = standing(shop)
    assert now.champion is not None
    assert now.champion.version == "1"
    assert now.champion.data_until == now.withdrawn[0].data_until
    barred = now.barred(now.champion.data_until)
    rivals = line_up(RECIPES, now.champion, barred)
    assert (rivals.champion_as, rivals.left_out) == ("personal_frequency", ())


def test_a_person_names_a_version_and_the_history_tells_it_in_a_new_process(shop: Settings) -> None:
    promote(shop, "1", "the old one for the holidays")
    assert aliases(shop) == ("1", "2")
    with pytest.raises(NothingToDo, match="champion already"):
        promote(shop, "1", "again")
    with pytest.raises(AisleError, match=r"no version '7': choose one of 1, 2\."):
        promote(shop, "7", "typo")
    rollback(shop, "the holidays are over")
    assert aliases(shop) == ("2", "1")

    told = subprocess.run([AISLE, "history", "--json"], capture_output=True, text=True, check=True)
    entries = json.loads(told.stdout)
    assert [(entry["version"], entry["action"]) for entry in entries] == [
        ("2", "rollback"),
        ("1", "by hand"),
        ("2", "promote"),
        ("1", "promote"),
    ]
    newest = entries[0]
    assert (newest["reason"], newest["replaced"]) == ("the holidays are over", "1")
    assert newest["aliases"] == ["champion"]
    assert newest["recipe"] == "personal_frequency"
    assert newest["value"] == "1.0000 [1.0000, 1.0000]"
    assert entries[2]["reason"].startswith("Promoted personal_frequency over version 1")
    shown = CliRunner().invoke(app, ["history"])
    assert "the old one for the holidays" in shown.stdout
    assert shown.stderr == ""


@pytest.mark.usefixtures("unproven")
def test_a_rollback_that_is_killed_before_the_alias_moves_is_finished_by_another(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(tracker: object, alias: str, number: str) -> None:
        if alias == CHAMPION:
            raise KeyboardInterrupt
        real(tracker, alias, number)  # type: ignore[arg-type]

    real = moves.point_alias
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(moves, "point_alias", killed)
        rollback(shop, "bad")
    assert aliases(shop) == ("2", "2")
    assert "a command was killed" in str(warning(history(shop)))
    rollback(shop, "bad, still")
    assert aliases(shop) == ("1", "2")
    assert actions(shop) == [("1", "promote"), ("2", "promote"), ("1", "rollback")]
    assert warning(history(shop)) is None


def flip_a_byte(model: Path) -> None:
    path = model / "arrays" / "own_values.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def replace_consistently(model: Path) -> None:
    document, arrays = load_artifact(model)
    save_artifact(model, document, arrays | {"popularity": -arrays["popularity"]})


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (flip_a_byte, r"own_values\.npy is damaged"),
        (replace_consistently, r"artifact\.json is not the one that was registered"),
        (shutil.rmtree, r"artifact\.json is missing"),
    ],
)
def test_a_version_whose_files_are_damaged_does_not_become_champion(
    shop: Settings,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    damage: Callable[[Path], None],
    reason: str,
) -> None:
    uri = mlflow.get_logged_model(_model_id(shop, "1")).artifact_location
    model = Path(urlparse(uri).path) / "artifacts" / "model"
    shutil.copytree(model, tmp_path / "kept")
    request.addfinalizer(lambda: shutil.copytree(tmp_path / "kept", model, dirs_exist_ok=True))
    damage(model)
    with pytest.raises(AisleError, match=f"Version 1 cannot serve: .*{reason}"):
        rollback(shop, "try")
    assert aliases(shop) == ("2", "1")
    assert actions(shop) == [("1", "promote"), ("2", "promote")]


def _model_id(settings: Settings, number: str) -> str:
    version = open_tracker(settings).client.get_model_version(MODEL, number)
    return str(version.source).removeprefix("models:/")


def test_without_a_version_the_commands_say_what_to_do(
    settings: Settings, empty_mlflow: Path
) -> None:
    with_database(settings, empty_mlflow)
    with pytest.raises(AisleError, match="has no version yet: run `make run`"):
        promote(settings, "1", "")
    with pytest.raises(AisleError, match="no champion to roll back"):
        rollback(settings, "")
    assert history(settings) == []


def test_a_first_champion_has_nothing_to_go_back_to(shop: Settings) -> None:
    open_tracker(shop).client.delete_registered_model_alias(MODEL, PREVIOUS_CHAMPION)
    with pytest.raises(AisleError, match="none before it, so there is nothing to roll back to"):
        rollback(shop, "")


def test_each_version_carries_a_card_of_its_own_figures(shop: Settings, tmp_path: Path) -> None:
    tracker = open_tracker(shop)
    version = tracker.client.get_model_version(MODEL, "2")
    copied = mlflow.artifacts.download_artifacts(f"models:/{MODEL}/2", dst_path=str(tmp_path))
    card = (Path(copied) / "artifacts" / "model_card.md").read_text()
    assert version.tags["feature_service"] == "recommender_v1"
    attached = {file.path for file in tracker.client.list_artifacts(version.run_id)}
    assert "model_card.md" in attached
    assert "model_card.md" in version.description
    for told in (
        version.tags["gate_decision"],
        version.tags["snapshot_id"],
        version.tags["training_id"],
        version.tags["code_revision"],
        "3,600 of the kind *Order Completed*",
        f"Feast's service `{version.tags['feature_service']}`",
        "| 1 | personal_frequency |",
        '"half_life_weeks": 13',
        "test_1",
        f"mlflow=={mlflow.__version__}",
        'load_model("models:/aisle-recommender@champion")',
        "of 30 items have no interaction",
        "`next_ndcg_at_10` | 1.000 [1.000, 1.000]",
    ):
        assert told in card, told
    assert "{" not in card.replace("{\n", "").replace('{"', "").split("```json")[0]
