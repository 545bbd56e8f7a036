"""`aisle train cold`: the best rivals where users, items or a visit are new, and who shows it."""

import html
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.settings import Settings
from tests.integration.training_shop import judge, publish_shop, with_database
from training.cold import (
    COLD_TASKS,
    NEXT_IN_SESSION,
    cold_fold,
    judge_cold,
    leading,
    read_cold,
    read_cold_per_user,
)
from training.compare import read_comparison
from training.dataset import read_snapshot
from training.folder import parent_run_id, training_folder
from training.gate import decision_on, read_decision
from training.model_card import model_card
from training.paired import compare_runs
from training.report import run_of, show_decision
from training.tracking import open_tracker

BEST, OTHER = "personal_frequency", "recent_popularity"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path) -> Iterator[Settings]:
    """A shop with a training `t` whose two rivals were judged where all is new."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_HOME", str(tmp_path_factory.mktemp("cold") / "home"))
        settings = publish_shop(with_database(Settings(), empty_mlflow), patch)
        judge(settings, "t")
        printed = CliRunner().invoke(app, ["train", "cold", "--run", "t"])
        assert printed.exit_code == 0, printed.output
        assert f"{BEST}, {OTHER}: judged where all is new" in printed.output
        assert "| cold users NDCG@10 |" in printed.output
        yield settings


def test_held_out_users_and_items_are_all_that_is_judged(shop: Settings) -> None:
    folder = training_folder(shop, "t")
    fold = cold_fold(read_snapshot(folder.snapshot))

    for recipe in (BEST, OTHER):
        rows = read_cold_per_user(folder, recipe)
        assert rows is not None
        assert set(rows["task"]) == set(COLD_TASKS)
        held = {str(user) for user in read_snapshot(folder.snapshot).user_ids[fold.users]}
        for task in ("cold_users", "next_in_session"):
            assert set(rows.loc[rows["task"] == task, "user_id"]) <= held
        assert not set(rows.loc[rows["task"] == "cold_items", "user_id"]) & held
        assert set(rows["window"]) == {"test_3"}
    gone = fold.dataset.interactions
    assert not gone["user_index"].isin(fold.users).any()
    assert not gone["item_index"].isin(fold.items).any()


def test_metrics_are_means_over_users_in_files_and_in_mlflow(shop: Settings) -> None:
    folder, tracker = training_folder(shop, "t"), open_tracker(shop)
    rows, found = read_cold_per_user(folder, OTHER), read_cold(folder, OTHER)
    assert rows is not None
    assert found is not None

    expected = rows[rows["task"] == "cold_users"]["ndcg_at_10"].mean()
    assert found.metrics["cold_users_ndcg_at_10"].mean == pytest.approx(expected)
    assert found.users["cold_users"] == (rows["task"] == "cold_users").sum()
    run = tracker.client.get_run(run_of(folder, OTHER))
    for name in ("cold_users_ndcg_at_10", "cold_items_ndcg_at_10", "next_in_session_hit_at_10"):
        assert run.data.metrics[name] == pytest.approx(found.metrics[name].mean)
    best = read_cold(folder, BEST)
    assert best is not None
    parent = tracker.client.get_run(parent_run_id(folder)).data.metrics
    name = "cold_users_ndcg_at_10"
    assert parent[f"{name}_low"] == pytest.approx(best.metrics[name].low)


def test_report_and_card_show_them(shop: Settings) -> None:
    folder = training_folder(shop, "t")
    page = folder.report.read_text()
    assert "New users, new items, visits" in page
    assert "<th>cold items NDCG@10</th>" in page
    decision = read_decision(folder)
    assert "| cold users NDCG@10 | " in model_card(folder, decision)


def test_the_report_holds_the_verdict_and_them_whichever_was_first(
    shop: Settings, tmp_path: Path
) -> None:
    folder, tracker = training_folder(shop, "t"), open_tracker(shop)
    decision, comparison = read_decision(folder), read_comparison(folder)
    again = ["train", "cold", "--run", "t"]

    assert CliRunner().invoke(app, again).exit_code == 0
    page = folder.report.read_text()
    assert decision.sentence in html.unescape(page)
    assert "New users, new items, visits" in page
    logged = tracker.client.download_artifacts(
        comparison.parent_run_id, folder.report.name, str(tmp_path)
    )
    assert Path(logged).read_text() == page

    shutil.move(folder.decision, tmp_path / "decision.json")
    try:
        assert CliRunner().invoke(app, again).exit_code == 0
    finally:
        shutil.move(tmp_path / "decision.json", folder.decision)
    assert "The gate has not decided yet." in folder.report.read_text()
    show_decision(shop, folder, comparison, decision)
    page = folder.report.read_text()
    assert decision.sentence in html.unescape(page)
    assert "New users, new items, visits" in page


def test_a_decision_on_other_data_is_not_shown(shop: Settings) -> None:
    folder = training_folder(shop, "t")
    comparison = read_comparison(folder)

    assert decision_on(folder, comparison) == read_decision(folder)
    assert decision_on(folder, replace(comparison, snapshot_id="elsewhere")) is None


def test_runs_are_paired_on_them_from_files_and_from_mlflow(shop: Settings, tmp_path: Path) -> None:
    folder = training_folder(shop, "t")
    tables = [read_cold_per_user(folder, recipe) for recipe in (BEST, OTHER)]
    runs = [run_of(folder, recipe) for recipe in (BEST, OTHER)]

    found = compare_runs(shop, ["t"])

    row = next(row for row in found.rows if row.measure.name == "cold_users_ndcg_at_10")
    first, second = (
        rows[rows["task"] == "cold_users"].set_index("user_id")["ndcg_at_10"].sort_index()
        for rows in tables
        if rows is not None
    )
    assert row.differences[f"t:{OTHER}"].mean == pytest.approx((second - first).mean())
    assert row.users == len(first)
    shutil.move(folder.root, tmp_path / "away")
    try:
        assert compare_runs(shop, runs).document == found.document
    finally:
        shutil.move(tmp_path / "away", folder.root)


@pytest.mark.parametrize("metric", ["hit_at_10", "mrr_at_20", "recall_at_10", "ndcg_at_20"])
def test_every_metric_of_sessions_is_paired(shop: Settings, metric: str) -> None:
    rows = read_cold_per_user(training_folder(shop, "t"), BEST)
    assert rows is not None

    found = compare_runs(shop, ["t"], metric)

    tasks = [row.measure.task for row in found.rows if row.measure.segment is None]
    assert tasks == ["next", *COLD_TASKS]  # nobody discovers anything in this shop
    asked = rows[rows["task"] == NEXT_IN_SESSION]
    assert found.rows[-1].means[f"t:{BEST}"].mean == pytest.approx(asked[metric].mean())
    assert found.rows[-1].users == len(asked)


def test_a_rival_that_was_not_judged_so_is_left_out_of_these_rows(
    shop: Settings, tmp_path: Path
) -> None:
    folder = training_folder(shop, "t")
    shutil.move(folder.cold(OTHER), tmp_path / "away")
    try:
        names = {row.measure.task for row in compare_runs(shop, ["t"]).rows}
    finally:
        shutil.move(tmp_path / "away", folder.cold(OTHER))
    assert names
    assert not names & set(COLD_TASKS)


def test_again_changes_nothing_and_another_snapshot_is_judged_anew(
    shop: Settings,
) -> None:
    folder = training_folder(shop, "t")
    comparison, before = read_comparison(folder), read_cold_per_user(folder, BEST)
    first = read_cold(folder, BEST)
    assert first is not None

    assert judge_cold(folder, comparison)[0] == first

    text = (folder.cold(BEST) / "cold.json").read_text()
    (folder.cold(BEST) / "cold.json").write_text(text.replace(first.snapshot_id, "elsewhere"))
    again = judge_cold(folder, comparison, most=1)[0]
    assert again.snapshot_id == first.snapshot_id
    assert again.metrics == first.metrics
    pd.testing.assert_frame_equal(read_cold_per_user(folder, BEST), before)


def test_a_training_does_not_fail_with_it(shop: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, client = training_folder(shop, "t"), open_tracker(shop).client
    before = client.get_run(parent_run_id(folder)).info.status
    monkeypatch.setattr("training.cold.judge_cold", _out_of_memory)

    ended = CliRunner().invoke(app, ["train", "cold", "--run", "t"])

    assert isinstance(ended.exception, MemoryError)
    after = client.get_run(parent_run_id(folder))
    assert (after.info.status, "failure" in after.data.tags) == (before, False)
    assert before != "FAILED"


def _out_of_memory(*_arguments: object, **_options: object) -> None:
    raise MemoryError


def test_the_best_and_the_champion_come_first(shop: Settings) -> None:
    comparison = read_comparison(training_folder(shop, "t"))
    names = [f"r{number}" for number in range(5)]
    rivals = [replace(comparison.rivals[0], recipe=name) for name in names]
    ranked = replace(comparison, rivals=rivals, best="r0", champion_recipe="r4")

    assert leading(ranked) == ["r0", "r4", "r1"]
    assert leading(replace(ranked, champion_recipe=None), 2) == ["r0", "r1"]
    assert leading(replace(ranked, champion_recipe="r0"), 1) == ["r0"]
