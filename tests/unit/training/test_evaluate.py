"""Judging: the right users, the right candidates, and never data from after the cutoff."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.dataset import Snapshot, SnapshotTables, read_snapshot, write_snapshot
from training.evaluate import PER_USER_METRICS, evaluate_recipe, refit
from training.recipes import Recipe, load_recipes
from training.split import windows

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
        for days in (2, 5, 9, 12, 16, 20, 30):
            if user == "u0" and days > 7:
                continue
            moment = CUTS.end - timedelta(days=days)
            rows += [(user, "i0", f"{user}-{days}", moment)]
            rows += [(user, ITEMS[1 + (number + days) % 24], f"{user}-{days}", moment)]
    columns = ["user_id", "item_id", "order_id", "interacted_at"]
    cutoffs = list(CUTS.cutoffs.values())
    folder = tmp_path_factory.mktemp("evaluate") / "snapshot"
    frames = SnapshotTables(
        interactions=pd.DataFrame(rows, columns=columns),
        users=pd.DataFrame({"user_id": USERS}),
        items=pd.DataFrame({"item_id": ITEMS, "title": ITEMS}),
        user_features=pd.DataFrame({"cutoff": cutoffs, "user_id": "u1", "orders": 1.0}),
        item_features=pd.DataFrame({"cutoff": cutoffs, "item_id": "i1", "brand": "B"}),
    )
    write_snapshot(folder, frames, snapshot_id="s", as_of=AS_OF, windows=CUTS)
    return read_snapshot(folder)


def test_every_judged_user_has_all_metrics_and_newcomers_are_left_out(snapshot: Snapshot) -> None:
    evaluation = evaluate_recipe(POPULARITY, snapshot)

    assert list(evaluation.per_user.columns) == ["task", "user_id", *PER_USER_METRICS]
    judged = evaluation.per_user[evaluation.per_user["task"] == "next"]["user_id"]
    assert sorted(judged) == sorted(set(USERS) - {"u0"})
    names = [f"{task}_{metric}" for task in ("next", "discovery") for metric in PER_USER_METRICS]
    coverage = ["next_coverage_at_20", "discovery_coverage_at_20"]
    assert sorted(evaluation.metrics) == sorted([*names, *coverage])
    for interval in evaluation.metrics.values():
        assert interval.low <= interval.mean <= interval.high


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


def test_evaluation_is_the_same_every_time(snapshot: Snapshot) -> None:
    first, second = (evaluate_recipe(POPULARITY, snapshot) for _ in range(2))

    pd.testing.assert_frame_equal(first.per_user, second.per_user)
    assert first.metrics == second.metrics


def test_what_happens_after_the_test_cutoff_changes_no_choice(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    recipe = small_blend()
    later = snapshot.interactions["interacted_at"] >= CUTS.test.cutoff
    changed = snapshot.interactions.copy()
    changed.loc[later, "item_index"] = np.int32(3)
    other = Snapshot(**{**vars(snapshot), "interactions": changed})

    first, second = (evaluate_recipe(recipe, which) for which in (snapshot, other))

    assert first.recipe == second.recipe
    assert first.curves == second.curves
    assert first.metrics != second.metrics


def test_a_resolved_recipe_is_refitted_without_choosing_again(snapshot: Snapshot) -> None:
    resolved = evaluate_recipe(small_blend(), snapshot).recipe

    model = refit(resolved, snapshot.dataset("end"))

    assert set(resolved.params["chosen"]) == {"epochs", "weights"}
    assert model.recommend(["u1"], 3)["item_id"].tolist()[0] == "i0"


def personal() -> dict[str, float]:
    return {"half_life_weeks": 13, "window_days": 28}


def small_blend() -> Recipe:
    blend = next(recipe for recipe in load_recipes() if recipe.family == "blend")
    small = {"components": 4, "max_epochs": 3, "min_users": 2, "min_feature_count": 1}
    return Recipe("blend", "blend", {**blend.params, **small})
