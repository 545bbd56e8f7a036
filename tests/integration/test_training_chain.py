"""A small shop through every step of a training, with a real MLflow; Feast is faked."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.settings import Settings
from tests.integration.training_shop import RECIPES, judge, publish_shop, with_database
from training import register
from training.champion import standing
from training.compare import compare
from training.fit import fit_rival
from training.folder import parent_run_id, training_folder
from training.gate import decide, read_decision
from training.register import register_winner
from training.report import failing_with_its_run, open_training
from training.rivals import line_up, write_rivals
from training.snapshot import freeze
from training.tracking import open_tracker
from training.versions import CHAMPION, MODEL, champion, point_alias


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch, empty_mlflow: Path) -> Settings:
    """A workspace with the published marts of a small shop."""
    return publish_shop(with_database(settings, empty_mlflow), monkeypatch)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path) -> Iterator[Settings]:
    """A shop whose training `t` has registered version 1; tests leave it as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_HOME", str(tmp_path_factory.mktemp("trained") / "home"))
        settings = publish_shop(with_database(Settings(), empty_mlflow), patch)
        folder, _, _ = judge(settings, "t")
        assert register_winner(settings, folder) == "1"
        yield settings


def test_the_first_training_makes_a_champion_and_the_same_data_again_does_not(
    shop: Settings,
) -> None:
    first, comparison, decision = judge(shop, "first")
    assert (decision.action, comparison.best) == ("promote", "personal_frequency")
    assert register_winner(shop, first) == "1"

    again, repeated, kept = judge(shop, "again")
    assert repeated.snapshot_id == comparison.snapshot_id
    assert (kept.action, kept.champion, kept.champion_version) == ("keep", kept.winner, "1")
    with pytest.raises(NothingToDo, match="Kept version 1"):
        register_winner(shop, again)
    present = champion(open_tracker(shop))
    assert present is not None
    assert str(present.version) == "1"
    assert present.tags["gate_decision"] == decision.sentence
    assert present.tags["snapshot_id"] == comparison.snapshot_id
    assert json.loads(present.tags["recipe"])["family"] == "personal_frequency"


def test_every_step_can_run_twice_without_a_second_run_or_version(shop: Settings) -> None:
    folder, _, _ = judge(shop, "t")
    register_winner(shop, folder)
    judge(shop, "t")
    register_winner(shop, folder)
    tracker = open_tracker(shop)
    runs = tracker.client.search_runs([tracker.experiment_id])
    assert sorted(run.info.run_name for run in runs) == sorted(["t", *(r.name for r in RECIPES)])
    rival = next(run for run in runs if run.info.run_name == "personal_frequency")
    assert len(tracker.client.get_metric_history(rival.info.run_id, "next_ndcg_at_10")) == 1
    assert len(tracker.client.search_model_versions(f"name = '{MODEL}'")) == 1


def test_the_experiment_page_shows_who_won_and_why(trained: Settings) -> None:
    folder = training_folder(trained, "t")
    decision = read_decision(folder)
    tracker = open_tracker(trained)
    experiment = tracker.client.get_experiment(tracker.experiment_id)
    assert decision.sentence in experiment.tags["mlflow.note.content"]
    assert "| 1 | personal_frequency |" in experiment.tags["mlflow.note.content"]
    parent = tracker.client.get_run(parent_run_id(folder))
    assert parent.data.tags["verdict"] == decision.sentence
    names = {file.path for file in tracker.client.list_artifacts(parent.info.run_id)}
    assert {"comparison.png", "comparison.json", "decision.json", "params.yaml"} <= names
    assert "report.html" in names
    rivals = tracker.client.search_runs([tracker.experiment_id], "tags.kind = 'rival'")
    assert {run.data.tags["verdict"].split(",")[0] for run in rivals} > {"best rival"}
    assert {run.inputs.dataset_inputs[0].dataset.digest for run in rivals} == {decision.snapshot_id}


def test_the_report_is_one_file_with_all_of_it_inside(trained: Settings) -> None:
    folder = training_folder(trained, "t")
    page = folder.report.read_text()
    assert read_decision(folder).sentence in page
    for heading in ("Rivals", "By task, segment and window", "Accuracy against", "Examples"):
        assert f"<h2>{heading}" in page
    loaded = re.findall(r"""(?:src|href|url)[=(]["']?([^"' )>]+)""", page)
    assert {address.split(":")[0] for address in loaded if not address.startswith("#")} == {"data"}
    assert "own purchases" in page and "own baskets, last" in page


def test_a_kill_before_the_alias_moves_leaves_one_version_that_a_rerun_promotes(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, _ = judge(shop, "t")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(register, "carry_out", killed)
        register_winner(shop, folder)
    tracker = open_tracker(shop)
    assert champion(tracker) is None
    assert register_winner(shop, folder) == "1"
    assert len(tracker.client.search_model_versions(f"name = '{MODEL}'")) == 1


def test_a_training_does_not_replace_a_champion_it_was_not_compared_with(shop: Settings) -> None:
    late, _, _ = judge(shop, "late")
    early, _, _ = judge(shop, "early")
    register_winner(shop, early)
    with pytest.raises(AisleError, match="version 1 is champion now"):
        register_winner(shop, late)


def test_a_rival_that_differs_from_the_champion_only_by_noise_does_not_replace_it(
    shop: Settings,
) -> None:
    folder, _, _ = judge(shop, "first")
    register_winner(shop, folder)
    tracker = open_tracker(shop)
    tracker.client.set_model_version_tag(MODEL, "1", "recipe", json.dumps(CHAMPION_NEARLY_EQUAL))
    rivals = line_up(RECIPES, standing(shop).champion)
    assert [recipe.name for recipe in rivals.recipes][-1] == "champion"
    second = training_folder(shop, "second")
    write_rivals(second, rivals)
    freeze(shop, second, horizon_days=21)
    open_training(shop, second)
    for recipe in rivals.recipes:
        fit_rival(shop, second, recipe.name)
    compare(second, parent_run_id(second))
    assert decide(second).action == "keep"


def test_newer_data_refits_the_champions_recipe_once(shop: Settings) -> None:
    folder, _, decision = judge(shop, "first")
    register_winner(shop, folder)
    tracker = open_tracker(shop)
    present = champion(tracker)
    assert present is not None and present.tags["data_until"] == decision.data_until
    tracker.client.set_model_version_tag(MODEL, "1", "data_until", "2017-12-25T04:00:00")

    second, _, refreshed = judge(shop, "second")

    assert (refreshed.action, refreshed.register) == ("refresh", "personal_frequency")
    assert register_winner(shop, second) == "2"
    _, _, kept = judge(shop, "third")
    assert (kept.action, kept.register) == ("keep", None)


def test_a_failed_step_fails_the_trainings_run_until_a_rerun_ends_it(shop: Settings) -> None:
    folder = training_folder(shop, "t")
    freeze(shop, folder, horizon_days=21)
    open_training(shop, folder)

    with pytest.raises(AisleError, match="rivals"), failing_with_its_run(shop, folder):
        compare(folder, parent_run_id(folder))

    client = open_tracker(shop).client
    failed = client.get_run(parent_run_id(folder))
    assert failed.info.status == "FAILED"
    assert "rivals.json does not exist yet" in failed.data.tags["failure"]
    assert failed.data.params["interactions"] == "Order Completed"
    assert failed.data.params["horizon_hours"] == "504.0"
    judge(shop, "t")
    register_winner(shop, folder)
    assert client.get_run(parent_run_id(folder)).info.status == "FINISHED"


CHAMPION_NEARLY_EQUAL = {
    "name": "personal_frequency",
    "family": "personal_frequency",
    "params": {"half_life_weeks": 12.99, "window_days": 28},
}


def test_an_alias_can_be_moved_back_by_hand(trained: Settings) -> None:
    tracker = open_tracker(trained)
    tracker.client.delete_registered_model_alias(MODEL, "champion")
    assert standing(trained).champion is None
    point_alias(tracker, CHAMPION, "1")
    present = standing(trained).champion
    assert present is not None and present.version == "1"
