"""The comparison: best first, honest about its snapshot, readable."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.windows import windows
from training.bootstrap import Interval
from training.compare import compare, notes, primary_metric, rank, read_comparison
from training.cost import Cost
from training.dataset import SnapshotTables, read_snapshot, write_snapshot
from training.evaluate import Evaluation
from training.folder import TrainingFolder
from training.gate_rules import load_rules
from training.recipes import Recipe
from training.results import RivalResult, write_result
from training.rivals import Champion, line_up, write_rivals

NOW = datetime(2018, 1, 1, 5)
OLD = datetime(2017, 12, 1)
PRIMARY = "next_ndcg_at_10"
COST = Cost(3.0, 1.5, 0.5, 900_000_000, 2_000_000)


def result(recipe: str, mean: float, snapshot_id: str = "s1") -> RivalResult:
    metrics = {"next_ndcg_at_10": Interval(mean, mean - 0.01, mean + 0.01)}
    return RivalResult(recipe, "family", {}, metrics, COST, snapshot_id, "abc", NOW, NOW)


def test_the_best_comes_first_and_of_equals_the_champions_recipe_then_the_simpler() -> None:
    results = [result("a", 0.2), result("b", 0.2996), result("c", 0.3), result("d", 0.3)]

    def order(champion: str | None) -> list[str]:
        return [row.recipe for row in rank(results, champion, PRIMARY, tie_margin=0.0005)]

    assert order(None) == ["b", "c", "d", "a"]
    assert order("d") == ["d", "c", "b", "a"]
    assert order("a") == ["b", "c", "d", "a"]


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(AisleError, match="at least one recipe"):
        rank([], None, PRIMARY, 0.0)


@pytest.mark.parametrize(
    ("with_history", "newcomers", "primary"),
    [(30, 500, PRIMARY), (29, 30, "newcomers_ndcg_at_10"), (20, 10, PRIMARY)],
)
def test_a_shop_nobody_comes_back_to_is_ranked_by_its_newcomers(
    with_history: int, newcomers: int, primary: str
) -> None:
    users = {PRIMARY: with_history, "newcomers_ndcg_at_10": newcomers}

    assert primary_metric(load_rules(), users) == primary


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    """A training of one recipe on a snapshot called s1."""
    folder = TrainingFolder("t", tmp_path)
    ids = pd.DataFrame({"user_id": ["u"], "item_id": ["i"], "title": ["Milk"]})
    bought = ids.assign(order_id="o", interacted_at=NOW, known_at=NOW)
    known = ids.assign(cutoff=NOW)
    tables = SnapshotTables(bought, ids[["user_id"]], ids[["item_id", "title"]], known, known)
    write_snapshot(folder.snapshot, tables, snapshot_id="s1", as_of=NOW, windows=windows(NOW, 21))
    write_rivals(
        folder, line_up([Recipe("a", "family", {})], Champion("1", Recipe("a", "f", {}), OLD))
    )
    return folder


def keep(folder: TrainingFolder, kept: RivalResult, lead: float = 0.0) -> None:
    """Write a result; the rival is better by `lead` for each of forty users."""
    users = [f"u{number}" for number in range(40)]
    values = np.random.default_rng(1).uniform(0, 0.8, 40)
    rows = [("test_1", task, "light") for task in ("next", "discovery")]
    tables = [
        pd.DataFrame({"user_id": users, "ndcg_at_10": values + lead}).assign(
            window=window, task=task, segment=segment
        )
        for window, task, segment in rows
    ]
    recipe = Recipe("a", "family", {})
    write_result(folder, kept, Evaluation(recipe, pd.concat(tables), {}, [], COST))


def test_a_comparison_reads_back_as_it_was_made(folder: TrainingFolder) -> None:
    keep(folder, result("a", 0.3), lead=0.1)
    keep(folder, result("champion", 0.2))
    made = compare(folder, "run")
    assert (made.best, made.champion_recipe, made.champion_version) == ("a", "champion", "1")
    assert (made.reference, made.champion_data_until) == ("champion", "2017-12-01T00:00:00")
    assert made.data_until == "2018-01-01T05:00:00"
    assert made.windows["test_3"] == "2017-12-11T06:00:00"
    assert made.users[PRIMARY] == 40
    assert made.users["next_ndcg_at_10_heavy"] == 0
    assert made.rival("a").differences[PRIMARY].mean == pytest.approx(0.1)
    assert made.rival("champion").differences[PRIMARY] == Interval(0, 0, 0)
    assert read_comparison(folder) == made


def test_the_notes_say_what_is_special_about_a_shop(folder: TrainingFolder) -> None:
    snapshot, rules = read_snapshot(folder.snapshot), load_rules()
    hiding = replace(result("a", 0.3), params={"chosen": {"hide_seen": True}})

    said = " ".join(notes(snapshot, [hiding], "newcomers_ndcg_at_10", rules))

    for part in ("Order Completed", "21 days", "newcomers bought", "bought twice", "diversity"):
        assert part in said
    measured = replace(result("a", 0.3), metrics={"next_diversity_at_10": Interval(1, 1, 1)})
    assert len(notes(snapshot, [measured], PRIMARY, rules)) == 1


def test_a_rival_of_another_snapshot_is_not_compared(folder: TrainingFolder) -> None:
    keep(folder, result("a", 0.3))
    keep(folder, replace(result("champion", 0.2), snapshot_id="s0"))
    with pytest.raises(AisleError, match="judged on snapshot s0"):
        compare(folder, "run")


def test_a_rival_that_was_not_fitted_is_named(folder: TrainingFolder) -> None:
    with pytest.raises(AisleError, match="train fit --run t --recipe a"):
        compare(folder, "run")
