"""The comparison: best first, honest about its snapshot, readable."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from aisle.core.errors import AisleError
from training.bootstrap import Interval
from training.compare import Comparison, Rival, compare, markdown_table, rank, read_comparison
from training.cost import Cost
from training.dataset import SnapshotTables, write_snapshot
from training.evaluate import Evaluation
from training.folder import TrainingFolder
from training.recipes import Recipe
from training.results import RivalResult, write_result
from training.rivals import Champion, line_up, write_rivals
from training.split import windows

NOW = datetime(2018, 1, 1, 5)
COST = Cost(3.0, 1.5, 0.5, 900_000_000, 2_000_000)


def result(recipe: str, mean: float, snapshot_id: str = "s1") -> RivalResult:
    metrics = {"next_ndcg_at_10": Interval(mean, mean - 0.01, mean + 0.01)}
    return RivalResult(recipe, "family", {}, metrics, COST, snapshot_id, "abc", NOW, NOW)


def test_the_best_comes_first_and_of_equals_the_champions_recipe() -> None:
    rows = rank([result("a", 0.2), result("b", 0.3), result("c", 0.3)], champion="c")
    assert [row.recipe for row in rows] == ["c", "b", "a"]


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(AisleError, match="at least one recipe"):
        rank([], champion=None)


def test_the_table_shows_bounds_marks_the_champions_recipe_and_survives_a_missing_metric() -> None:
    rival = Rival("a", "family", {"next_ndcg_at_10": Interval(0.3783, 0.3702, 0.3861)}, COST)
    comparison = Comparison("s1", {}, [rival], "a", "a", "1", "run")
    row = markdown_table(comparison).splitlines()[-1]
    assert row == ("| 1 | a (champion's recipe) | family | .378 [.370, .386] | - | - | - | 1.5 |")


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    """A training of one recipe on a snapshot called s1."""
    folder = TrainingFolder("t", tmp_path)
    ids = pd.DataFrame({"user_id": ["u"], "item_id": ["i"], "title": ["Milk"]})
    bought = ids.assign(order_id="o", interacted_at=NOW)
    known = ids.assign(cutoff=NOW)
    tables = SnapshotTables(bought, ids[["user_id"]], ids[["item_id", "title"]], known, known)
    write_snapshot(folder.snapshot, tables, snapshot_id="s1", as_of=NOW, windows=windows(NOW, 21))
    write_rivals(folder, line_up([Recipe("a", "family", {})], Champion("1", Recipe("a", "f", {}))))
    return folder


def keep(folder: TrainingFolder, kept: RivalResult) -> None:
    evaluation = Evaluation(
        Recipe("a", "family", {}), pd.DataFrame({"user_id": ["u"]}), {}, [], COST
    )
    write_result(folder, kept, evaluation)


def test_a_comparison_reads_back_as_it_was_made(folder: TrainingFolder) -> None:
    keep(folder, result("a", 0.3))
    keep(folder, result("champion", 0.2))
    made = compare(folder, "run")
    assert (made.best, made.champion_recipe, made.champion_version) == ("a", "champion", "1")
    assert made.windows["test_3"] == "2017-12-11T06:00:00"
    assert read_comparison(folder) == made


def test_a_rival_of_another_snapshot_is_not_compared(folder: TrainingFolder) -> None:
    keep(folder, result("a", 0.3))
    keep(folder, replace(result("champion", 0.2), snapshot_id="s0"))
    with pytest.raises(AisleError, match="judged on snapshot s0"):
        compare(folder, "run")


def test_a_rival_that_was_not_fitted_is_named(folder: TrainingFolder) -> None:
    with pytest.raises(AisleError, match="train fit --run t --recipe a"):
        compare(folder, "run")
