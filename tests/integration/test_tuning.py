"""A tuning on a small shop, with real studies and a real MLflow: nothing is lost or leaked."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pgserver
import pytest

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.settings import Settings
from tests.integration.training_shop import publish_shop, with_database
from training.dataset import read_snapshot
from training.folder import training_folder
from training.snapshot import freeze
from training.tracking import open_tracker
from training.tuning import objective, trial
from training.tuning.folder import TuningFolder, tuning_folder
from training.tuning.plan import Plan, Request
from training.tuning.show import EXPERIMENT
from training.tuning.storage import open_study
from training.tuning.trial import run_trial
from training.tuning.tune import PATCH, Finished, finish_tuning, plan_tuning, run_places

RECIPES = ["recent_popularity", "personal_frequency"]


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch, empty_mlflow: Path) -> Settings:
    """A workspace with the published marts of a small shop."""
    return publish_shop(with_database(settings, empty_mlflow), monkeypatch)


@pytest.fixture(scope="module")
def tuned(
    tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path
) -> Iterator[tuple[Settings, TuningFolder, Finished]]:
    """A finished tuning of both recipes; tests leave it as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_HOME", str(tmp_path_factory.mktemp("tuned") / "home"))
        settings = publish_shop(with_database(Settings(), empty_mlflow), patch)
        folder = tuning_folder(settings, "t")
        plan = plan_tuning(settings, folder, Request(trials=5), RECIPES)
        run_places(settings, folder, plan, lambda _: None)
        yield settings, folder, finish_tuning(settings, folder, within_noise=True)


def planned(settings: Settings, name: str = "t", **asked: object) -> tuple[TuningFolder, Plan]:
    folder = tuning_folder(settings, name)
    request = Request(**asked)  # type: ignore[arg-type]
    return folder, plan_tuning(settings, folder, request, ["personal_frequency"])


def test_it_is_judged_before_the_windows_of_a_training(shop: Settings) -> None:
    folder, _ = planned(shop, trials=1)
    freeze(shop, training_folder(shop, "training"), horizon_days=21)

    seen = read_snapshot(folder.snapshot)
    judged = read_snapshot(training_folder(shop, "training").snapshot)

    assert seen.windows.end == judged.windows.tests[0].cutoff
    assert seen.data_until < judged.windows.tests[0].cutoff
    assert len(seen.interactions) > 0
    features = pd.read_parquet(seen.folder / "item_features.parquet")
    assert features["cutoff"].max() < judged.windows.tests[0].cutoff


def test_the_best_trial_is_compared_user_by_user_with_what_there_is(tuned) -> None:
    _, folder, finished = tuned
    for found in finished.findings.recipes:
        best, present = (
            objective.mean_over_users(
                pd.read_parquet(folder.per_user(found.recipe, place)), "next_ndcg_at_10"
            )
            for place in (found.best_place, 0)
        )
        assert best == pytest.approx(found.best_value)
        assert best - present == pytest.approx(found.difference.mean)
        assert found.best_value >= found.present_value
        assert found.difference.low <= found.difference.mean <= found.difference.high
        assert (found.judged + found.pruned, found.failed, found.users) == (6, 0, 40)


def test_trials_can_be_judged_on_a_sample_of_users_the_same_for_all(shop: Settings) -> None:
    folder, plan = planned(shop, trials=1, users=12)
    run_places(shop, folder, plan, lambda _: None)

    judged = [pd.read_parquet(folder.per_user("personal_frequency", place)) for place in (0, 1)]

    keys = ["window", "task", "user_id"]
    by_task = judged[0].groupby(["window", "task"])["user_id"].nunique()
    assert 0 < by_task.max() <= 16  # of 40; two at least of every kind
    assert judged[0][keys].equals(judged[1][keys])


def test_findings_hold_plots_a_table_and_a_patch_that_changes_params_yaml_alone(tuned) -> None:
    _, folder, finished = tuned
    names = {path.name for path in folder.findings.iterdir()}
    assert {"findings.json", "trials.csv", "history.png", "values_personal_frequency.png"} <= names
    table = pd.read_csv(folder.findings / "trials.csv")
    assert len(table) == 12 and set(table["recipe"]) == set(RECIPES)
    proposed = finished.findings.proposed(within_noise=True)
    assert proposed and finished.patch == folder.findings / PATCH
    text = finished.patch.read_text()
    assert text.startswith("--- a/training/params.yaml\n+++ b/training/params.yaml\n")
    subprocess.run(["git", "apply", "--check", finished.patch], check=True)


def test_what_is_better_within_noise_only_is_not_proposed(tuned) -> None:
    _, _, finished = tuned
    proven = {found.recipe for found in finished.findings.recipes if found.difference.low > 0}
    assert set(finished.findings.proposed(within_noise=False)) == proven


def test_mlflow_shows_a_run_below_the_tunings_for_each_trial(tuned) -> None:
    settings, _, finished = tuned
    tracker = open_tracker(settings, EXPERIMENT)
    parent = tracker.client.get_run(finished.run_id)
    query = f"tags.`mlflow.parentRunId` = '{finished.run_id}'"
    trials = tracker.client.search_runs([tracker.experiment_id], query)
    assert len(trials) == 12
    assert {run.data.params["recipe"] for run in trials} == set(RECIPES)
    as_it_is = next(run for run in trials if run.info.run_name == "personal_frequency as it is")
    assert as_it_is.data.params["half_life_weeks"] == "13.0"
    steps = tracker.client.get_metric_history(as_it_is.info.run_id, "next_ndcg_at_10")
    assert [point.step for point in steps] == [1, 2]
    artifacts = {file.path for file in tracker.client.list_artifacts(finished.run_id)}
    assert {"history.png", "findings.json", "trials_table.json", PATCH} <= artifacts
    assert "| personal_frequency |" in parent.data.tags["mlflow.note.content"]
    assert parent.info.status == "FINISHED"


def test_all_of_it_again_changes_nothing(tuned) -> None:
    settings, folder, finished = tuned
    plan = plan_tuning(settings, folder, Request(trials=5), RECIPES)
    run_places(settings, folder, plan, lambda _: None)
    again = finish_tuning(settings, folder, within_noise=True)
    assert again.findings == finished.findings
    tracker = open_tracker(settings, EXPERIMENT)
    assert len(tracker.client.search_runs([tracker.experiment_id])) == 13


def test_the_same_seed_tries_the_same_values_and_another_one_others(shop: Settings) -> None:
    tries = {}
    for name, seed, trials in (("a", 1, 6), ("b", 1, 6), ("c", 2, 1)):
        folder, plan = planned(shop, name, trials=trials, seed=seed)
        run_places(shop, folder, plan, lambda _: None)
        ended = open_study(shop, plan, "personal_frequency").trials
        tries[name] = [one.user_attrs["tries"] for one in ended]
    assert tries["a"] == tries["b"]
    assert tries["a"][0] == tries["c"][0] and tries["a"][1] != tries["c"][1]
    assert len({json.dumps(values) for values in tries["a"]}) == 7


def test_a_killed_trial_is_tried_again_with_the_same_values(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, plan = planned(shop, trials=1)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(trial, "steps", killed)
        run_trial(shop, folder, "personal_frequency:1")
    outcome = run_trial(shop, folder, "personal_frequency:1")

    first, second = open_study(shop, plan, "personal_frequency").trials
    assert (first.state.name, second.state.name) == ("FAIL", "COMPLETE")
    assert first.user_attrs["tries"] == second.user_attrs["tries"] == outcome.tries


def test_a_kill_between_queueing_and_taking_leaves_no_place_empty(shop: Settings) -> None:
    folder, plan = planned(shop, sampler="grid", trials=3)
    study = open_study(shop, plan, "personal_frequency")
    study.enqueue_trial(plan.fixed("personal_frequency", 2), user_attrs={"place": 2})

    for place in plan.places:
        run_trial(shop, folder, place)

    complete = [one for one in study.trials if one.state.name == "COMPLETE"]
    assert sorted(one.user_attrs["place"] for one in complete) == [0, 1, 2, 3]
    for one in complete:
        fixed = plan.fixed("personal_frequency", one.user_attrs["place"])
        assert one.user_attrs["tries"] == fixed


def test_a_failing_trial_is_told_and_may_be_tried_again(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = planned(shop, trials=1)

    def fails(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(objective, "refit", fails)
        run_trial(shop, folder, "personal_frequency:1")
    with pytest.raises(AisleError, match="No recipe of t was judged"):
        finish_tuning(shop, folder)
    run_trial(shop, folder, "personal_frequency:1")
    with pytest.raises(AisleError, match="personal_frequency:0"):
        finish_tuning(shop, folder)
    run_trial(shop, folder, "personal_frequency:0")
    assert finish_tuning(shop, folder).findings.recipes[0].failed == 1


def test_when_the_time_is_used_up_no_trial_starts_until_there_is_more(shop: Settings) -> None:
    folder, plan = planned(shop, trials=3, minutes=0.0001)
    told: list[str] = []

    run_places(shop, folder, plan, told.append)

    assert len(told) == 2 and "more --minutes" in told[-1]
    with pytest.raises(NothingToDo):
        run_trial(shop, folder, "personal_frequency:1")
    _, grown = planned(shop, trials=3, minutes=60)
    run_places(shop, folder, grown, told.append)
    assert finish_tuning(shop, folder).findings.recipes[0].judged == 4


def test_a_trial_behind_the_others_is_left_after_its_first_window(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, plan = planned(shop, sampler="random", trials=6)
    for place in plan.places[:-1]:
        run_trial(shop, folder, place)
    asked = objective.steps

    def hopeless(*args: object, **options: object) -> Iterator[objective.Step]:
        for step in asked(*args, **options):  # type: ignore[arg-type]
            yield objective.Step(step.number, -1.0, step.curves, step.per_user)

    monkeypatch.setattr(trial, "steps", hopeless)
    outcome = run_trial(shop, folder, plan.places[-1])

    assert outcome.why.startswith("pruned")
    last = open_study(shop, plan, "personal_frequency").trials[-1]
    assert list(last.intermediate_values) == [1]
    assert finish_tuning(shop, folder).findings.recipes[0].pruned == 1


def test_two_workers_share_the_trials(shop: Settings) -> None:
    folder, plan = planned(shop, sampler="grid", trials=5)
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda place: run_trial(shop, folder, place), plan.places))
    assert_each_place_was_taken_once(shop, plan)


def test_commands_at_the_same_time_share_them_on_postgres(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pgserver.get_server(tmp_path / "pg", "delete") as server:
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg2://")
        monkeypatch.setenv("AISLE_TUNING_STORAGE", address)
        settings = Settings()
        folder, plan = planned(settings, sampler="grid", trials=1)
        aisle = Path(sys.executable).with_name("aisle")
        command = [aisle, "tune", "trial", "--run", folder.tuning_id, "--trial"]
        running = [subprocess.Popen([*command, place]) for place in plan.places]
        assert [process.wait(300) for process in running] == [0, 0]
        assert_each_place_was_taken_once(settings, plan)
        assert not settings.tuning_database.exists()


def assert_each_place_was_taken_once(settings: Settings, plan: Plan) -> None:
    trials = open_study(settings, plan, "personal_frequency").trials
    assert {one.state.name for one in trials} == {"COMPLETE"}
    places = sorted(one.user_attrs["place"] for one in trials)
    assert [f"personal_frequency:{place}" for place in places] == sorted(plan.places)


def test_a_storage_that_does_not_answer_is_named(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql+psycopg2://a:hidden@127.0.0.1:1/none"
    monkeypatch.setenv("AISLE_TUNING_STORAGE", address)
    with pytest.raises(AisleError, match="AISLE_TUNING_STORAGE cannot be opened") as refused:
        planned(Settings(), trials=1)
    assert "hidden" not in str(refused.value)


def test_a_place_that_is_not_in_the_plan_is_refused(shop: Settings) -> None:
    folder, _ = planned(shop, trials=1)
    with pytest.raises(AisleError, match="no place personal_frequency:2"):
        run_trial(shop, folder, "personal_frequency:2")
    with pytest.raises(AisleError, match="is not about 'hybrid_blend'"):
        run_trial(shop, folder, "hybrid_blend:0")
