"""`aisle compare` on trainings of a small shop: by name, by MLflow run, on the same data."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from tests.integration.training_shop import judge, publish_shop, with_database
from training.folder import parent_run_id, training_folder
from training.metrics import RANK_METRICS
from training.paired import compare_runs
from training.report import run_of
from training.results import read_per_user
from training.wording import title


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path) -> Iterator[Settings]:
    """A shop with a training `t`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_HOME", str(tmp_path_factory.mktemp("compared") / "home"))
        settings = publish_shop(with_database(Settings(), empty_mlflow), patch)
        judge(settings, "t")
        yield settings


def test_a_training_alone_stands_for_all_its_rivals_the_best_first(shop: Settings) -> None:
    found = compare_runs(shop, ["t"])

    assert found.reference == "t:personal_frequency"
    assert list(found.costs) == ["t:personal_frequency", "t:recent_popularity"]
    names = [row.measure.name for row in found.rows]
    assert names[:2] == ["next_ndcg_at_10", "next_ndcg_at_10_light"]


def test_a_difference_is_the_mean_over_users_of_their_own_differences(shop: Settings) -> None:
    found = compare_runs(shop, ["t:recent_popularity", "t:personal_frequency"])

    folder = training_folder(shop, "t")
    by_user = {}
    for recipe in ("recent_popularity", "personal_frequency"):
        rows = read_per_user(folder, recipe)
        by_user[recipe] = (
            rows[rows["task"] == "next"].groupby("user_id")["ndcg_at_10"].mean().sort_index()
        )
    expected = (by_user["personal_frequency"] - by_user["recent_popularity"]).mean()
    row = next(row for row in found.rows if row.measure.name == "next_ndcg_at_10")
    difference = row.differences["t:personal_frequency"]
    assert difference.mean == pytest.approx(expected)
    assert difference.low < expected < difference.high
    assert row.differences["t:recent_popularity"].mean == 0
    assert row.users == len(by_user["recent_popularity"])


def test_mlflow_runs_say_the_same_as_the_folder_also_when_it_is_gone(
    shop: Settings, tmp_path: Path
) -> None:
    folder = training_folder(shop, "t")
    runs = [run_of(folder, name) for name in ("personal_frequency", "recent_popularity")]
    parent = parent_run_id(folder)
    expected = compare_runs(shop, ["t"]).document
    shutil.move(folder.root, tmp_path / "away")
    try:
        assert compare_runs(shop, runs).document == expected
        assert compare_runs(shop, [parent]).document == expected
    finally:
        shutil.move(tmp_path / "away", folder.root)


def test_runs_of_different_snapshots_are_refused_with_their_names(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = training_folder(shop, "other")
    shutil.copytree(training_folder(shop, "t").root, other.root)
    path = other.rival("personal_frequency") / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"snapshot_id": "elsewhere"}))

    with pytest.raises(AisleError, match="different snapshots") as refused:
        compare_runs(shop, ["t:personal_frequency", "other:personal_frequency"])

    assert "other:personal_frequency on elsewhere" in str(refused.value)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["t:personal_frequency"], "nothing to compare t:personal_frequency with"),
        (["t", "t"], "nothing to compare"),
        (["nobody", "t"], "neither a training here"),
        (["0" * 32, "t"], "has no run 0"),
        (["t:nobody", "t"], "does not exist yet"),
    ],
)
def test_a_name_that_stands_for_no_run_is_refused(
    shop: Settings, names: list[str], message: str
) -> None:
    with pytest.raises(AisleError, match=message):
        compare_runs(shop, names)


def test_a_metric_nobody_compares_is_refused(shop: Settings) -> None:
    with pytest.raises(AisleError, match="take one of ndcg_at_10") as refused:
        compare_runs(shop, ["t"], "luck")

    listed = str(refused.value).partition("one of ")[2].rstrip(".").split(", ")
    assert set(listed) == set(RANK_METRICS)
    for metric in listed:
        assert compare_runs(shop, ["t"], metric).rows, metric


def test_segments_are_named_alike_for_every_metric() -> None:
    assert title("next_mrr_at_10_light") == "next MRR@10 (light users)"
    assert title("next_ndcg_at_10_light") == "next NDCG@10 (light users)"


def test_the_command_prints_tables_or_json(shop: Settings) -> None:
    printed = CliRunner().invoke(app, ["compare", "t"])
    assert printed.exit_code == 0, printed.output
    assert "next NDCG@10" in printed.output and "beyond noise" in printed.output
    as_json = CliRunner().invoke(app, ["compare", "t", "--json"])
    assert json.loads(as_json.stdout)["reference"] == "t:personal_frequency"
