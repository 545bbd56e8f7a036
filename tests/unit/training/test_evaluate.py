"""Judging: the right users, the right candidates, and never data from after the cutoff."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aisle.core.windows import windows
from training.dataset import Snapshot, SnapshotTables, read_snapshot, write_snapshot
from training.evaluate import evaluate_recipe, refit
from training.fit import finite_metrics
from training.judge import PER_USER_METRICS
from training.recipes import Recipe, load_recipes
from training.split import JUDGED

AS_OF = datetime(2024, 3, 25, 4, 30)
CUTS = windows(AS_OF, horizon_days=7)
POPULARITY = Recipe("popular", "popularity", {"window_days": 28})
USERS = [f"u{number}" for number in range(30)]
ITEMS = [f"i{number}" for number in range(25)]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Everybody bought i0 and something of their own before each cutoff; u0 appears only after."""
    rows = []
    for number, user in enumerate(USERS):
        for days in (2, 5, 9, 12, 16, 20, 26, 30, 40):
            if user == "u0" and days > 6:
                continue
            moment = CUTS.end - timedelta(days=days)
            rows += [(user, "i0", f"{user}-{days}", moment)]
            rows += [(user, ITEMS[1 + (number + days) % 24], f"{user}-{days}", moment)]
    columns = ["user_id", "item_id", "order_id", "interacted_at"]
    cutoffs = list(CUTS.cutoffs.values())
    folder = tmp_path_factory.mktemp("evaluate") / "snapshot"
    frames = SnapshotTables(
        interactions=pd.DataFrame(rows, columns=columns).assign(
            known_at=lambda rows: rows["interacted_at"]
        ),
        users=pd.DataFrame({"user_id": USERS}),
        items=pd.DataFrame({"item_id": ITEMS, "title": ITEMS}),
        user_features=pd.DataFrame({"cutoff": cutoffs, "user_id": "u1", "orders": 1.0}),
        item_features=pd.DataFrame({"cutoff": cutoffs, "item_id": "i1", "brand": "B"}),
    )
    write_snapshot(folder, frames, snapshot_id="s", as_of=AS_OF, windows=CUTS)
    return read_snapshot(folder)


def test_every_judged_user_has_all_metrics_and_newcomers_are_left_out(snapshot: Snapshot) -> None:
    evaluation = evaluate_recipe(POPULARITY, snapshot)

    rows = evaluation.per_user
    assert list(rows.columns) == ["window", "task", "user_id", "segment", *PER_USER_METRICS]
    for window in ("test_1", "test_2", "test_3"):
        judged = rows[(rows["window"] == window) & (rows["task"] == "next")]
        assert sorted(judged["user_id"]) == sorted(set(USERS) - {"u0"})
    newcomers = rows[rows["task"] == "newcomers"]
    assert newcomers[["window", "user_id", "segment"]].to_numpy().tolist() == [
        ["test_3", "u0", "new"]
    ]
    expected = {f"{task}_{metric}" for task in JUDGED for metric in PER_USER_METRICS}
    expected |= {f"{task}_coverage_at_{k}" for task in JUDGED for k in (10, 20)}
    expected |= {"next_ndcg_at_10_light", "next_ndcg_at_10_heavy", "next_ndcg_at_10_test_3"}
    assert expected <= set(evaluation.metrics)


def test_the_headline_is_the_mean_over_users_of_their_mean_over_windows(
    snapshot: Snapshot,
) -> None:
    evaluation = evaluate_recipe(POPULARITY, snapshot)

    rows = evaluation.per_user[evaluation.per_user["task"] == "discovery"]
    by_user = rows.groupby("user_id")["ndcg_at_10"].mean()
    assert evaluation.metrics["discovery_ndcg_at_10"].mean == pytest.approx(by_user.mean())
    last = rows[rows["window"] == "test_3"]["ndcg_at_10"].mean()
    assert evaluation.metrics["discovery_ndcg_at_10_test_3"].mean == pytest.approx(last)


def test_the_cost_is_measured(snapshot: Snapshot) -> None:
    cost = evaluate_recipe(POPULARITY, snapshot).cost

    assert cost.fit_seconds > 0 and cost.score_seconds > 0 and cost.choose_seconds > 0
    assert cost.peak_memory_bytes > 10_000_000
    assert cost.artifact_bytes > 25 * 4  # a float32 for each item, and the ids


def test_popularity_lists_what_everybody_buys_first(snapshot: Snapshot) -> None:
    evaluation = evaluate_recipe(POPULARITY, snapshot)

    # i0 leads every list and everybody buys it, so nobody has less than one hit on top of three.
    following = evaluation.per_user[evaluation.per_user["task"] == "next"]
    assert (following["ndcg_at_10"] > 0.4).all()
    # Everybody sees the same 20 of 25 items.
    assert evaluation.metrics["next_coverage_at_20"].mean == pytest.approx(20 / 25)


def test_discovery_never_shows_what_was_bought_before(snapshot: Snapshot) -> None:
    evaluation = evaluate_recipe(Recipe("own", "personal_frequency", personal()), snapshot)

    # Own items are no candidates, so i0, which all have bought, is in no discovery list.
    assert evaluation.metrics["discovery_coverage_at_20"].mean <= 24 / 25


def test_examples_show_lists_with_what_the_data_says_of_each_item(snapshot: Snapshot) -> None:
    examples = evaluate_recipe(POPULARITY, snapshot).examples

    assert [example["segment"] for example in examples][-1] == "new"
    for example in examples:
        assert len(example["items"]) == 5
        first = example["items"][0]
        assert (first["item_id"], first["source"]) == ("i0", "popular")
        known = "own baskets, last" if example["segment"] != "new" else "29 users took it"
        assert known in first["evidence"]
        assert first["taken"]  # everybody buys it in each window


def test_evaluation_is_the_same_every_time(snapshot: Snapshot) -> None:
    first, second = (evaluate_recipe(POPULARITY, snapshot) for _ in range(2))

    pd.testing.assert_frame_equal(first.per_user, second.per_user)
    assert finite_metrics("popular", first) == finite_metrics("popular", second)


def test_what_happens_after_the_first_test_cutoff_changes_no_choice(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    recipe = small_blend()
    later = snapshot.interactions["interacted_at"] >= CUTS.tests[0].cutoff
    changed = snapshot.interactions.copy()
    changed.loc[later, "item_index"] = np.int32(3)
    other = Snapshot(**{**vars(snapshot), "interactions": changed})

    first, second = (evaluate_recipe(recipe, which) for which in (snapshot, other))

    assert first.recipe == second.recipe
    assert first.curves == second.curves
    assert first.metrics != second.metrics


def test_one_thread_chooses_and_recommends_the_same_bit_for_bit(snapshot: Snapshot) -> None:
    first, second = (
        refit(evaluate_recipe(small_blend(), snapshot, threads=1).recipe, snapshot.dataset("end"))
        for _ in range(2)
    )

    pd.testing.assert_frame_equal(first.recommend(USERS, 20), second.recommend(USERS, 20))


def test_a_resolved_recipe_is_refitted_without_choosing_again(snapshot: Snapshot) -> None:
    resolved = evaluate_recipe(small_blend(), snapshot).recipe

    model = refit(resolved, snapshot.dataset("end"))

    of_the_family = {"epochs", "weights", "newcomer_hybrid"}
    assert set(resolved.params["chosen"]) == {"hide_seen", "newcomers", "visits", *of_the_family}
    assert model.recommend(["u1"], 3)["item_id"].tolist()[0] == "i0"


def personal() -> dict[str, float]:
    return {"half_life_weeks": 13, "window_days": 28}


def small_blend() -> Recipe:
    blend = next(recipe for recipe in load_recipes() if recipe.family == "blend")
    small = {"components": 4, "max_epochs": 3, "min_users": 2, "min_feature_count": 1}
    return Recipe("blend", "blend", {**blend.params, **small})
