"""A training begins where the last one ended, and knows nothing of weeks it is judged on."""

import json
import logging
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from aisle.core.errors import AisleError
from tests.unit.training.growing_shop import (
    FIRST,
    HYBRID,
    PURE,
    RECIPE,
    WEEK,
    fitted,
    frozen,
    planned,
)
from training.dataset import read_snapshot
from training.evaluate import Evaluation, refit
from training.folder import TrainingFolder
from training.models.kept_embeddings import Kept
from training.recipes import Recipe, load_recipes
from training.rivals import Champion, Rivals
from training.starts import is_warm, read_plan, said_of_starts, starting

COLD = Recipe("hybrid", "lightfm_hybrid", {**HYBRID, "warm_start": False})
BLEND = Recipe(
    "blend",
    "blend",
    {
        **HYBRID,
        "max_epochs": 6,
        "long_half_life_weeks": 26,
        "short_half_life_weeks": 4,
        "start_weights": {
            "hybrid": 1,
            "popularity": 1,
            "own_long": 1,
            "own_short": 1,
            "overdue": 1,
        },
    },
)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> TrainingFolder:
    """A training without an earlier one, judged; tests copy its trainings before they add any."""
    folder = planned(frozen(tmp_path_factory.mktemp("trainings"), "first", FIRST), RECIPE)
    fitted(folder)
    return folder


@pytest.fixture
def trainings(first: TrainingFolder, tmp_path: Path) -> Path:
    """A copy of the trainings of `first`."""
    return Path(shutil.copytree(first.root.parent, tmp_path / "trainings"))


def grown(trainings: Path, *recipes: Recipe, name: str = "second") -> TrainingFolder:
    """Return the training a week later: thirty users and ten items are new."""
    folder = frozen(trainings, name, FIRST + WEEK, users=150, items=100)
    return planned(folder, *(recipes or (RECIPE,)))


def validation(evaluation: Evaluation) -> list[float]:
    """Return the curve that chose the epochs."""
    name = "validation_next_ndcg_at_10"
    return [point.value for point in evaluation.curves if point.name == name]


def test_no_recipe_starts_warm_unless_it_says_so() -> None:
    assert [recipe.name for recipe in load_recipes() if is_warm(recipe)] == []


def test_the_first_training_starts_from_nothing_and_keeps_every_fit(
    first: TrainingFolder,
) -> None:
    assert said_of_starts(first, rivals_of(RECIPE)) == [
        "hybrid starts from nothing: no earlier training has kept embeddings of it."
    ]
    kept = [Kept.read(path) for path in first.embeddings("hybrid").iterdir()]
    cutoffs = read_snapshot(first.snapshot).windows.cutoffs
    assert {(one.kind, one.cutoff) for one in kept} == {
        ("choice", cutoffs["validation"]),
        *(("fit", cutoffs[name]) for name in ("test_1", "test_2", "test_3")),
    }


def test_a_grown_shop_reaches_equal_quality_in_fewer_epochs(
    trainings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    second = grown(trainings)
    with caplog.at_level(logging.INFO):
        warm = fitted(second)
    cold = fitted(grown(trainings, COLD, name="cold"), COLD)

    assert warm.recipe.params["chosen"]["start"] == "training first"
    assert "start" not in cold.recipe.params["chosen"]
    assert max(validation(warm)) >= max(validation(cold))
    equal = 0.99 * max(validation(cold))
    assert epochs_to(equal, warm) <= 2 < epochs_to(equal, cold)
    assert warm.metrics["next_ndcg_at_10"].mean > cold.metrics["next_ndcg_at_10"].low
    assert "120 of 150 vectors of users" in caplog.text
    kept = Kept.read(next(second.embeddings("hybrid").glob("fit-*")))
    assert {"id u149", "id i099"} <= {*kept.learned.user_names, *kept.learned.item_names}


def test_no_fit_begins_with_what_knows_of_later_weeks(trainings: Path) -> None:
    early = planned(frozen(trainings, "early", FIRST - WEEK / 7), RECIPE)
    assert read_plan(early, "hybrid").origin is None, "its weeks reach into all that was kept"

    short = planned(frozen(trainings, "short", FIRST - 25 * WEEK / 7, days=7), RECIPE)
    first_test = read_snapshot(short.snapshot).windows.cutoffs["test_1"]
    assert f"kept nothing from before {first_test} (test_1)" in read_plan(short, "hybrid").why, (
        "there is a choice, but later weeks decided how many epochs it took"
    )

    second = grown(trainings)
    for moment, place in read_plan(second, "hybrid").starts.items():
        kept = Kept.read(trainings / place)
        assert kept.cutoff <= datetime.fromisoformat(moment)
        is_choice = moment == read_snapshot(second.snapshot).windows.validation.cutoff.isoformat()
        assert (kept.kind == "fit") or is_choice, "its epochs were chosen on later weeks"
    assert len(read_plan(second, "hybrid").starts) == len(
        read_snapshot(second.snapshot).windows.cutoffs
    )


def test_a_start_that_knows_too_much_is_refused_by_the_fit_itself(trainings: Path) -> None:
    second = grown(trainings)
    plans = json.loads(second.starts.read_text())
    starts = plans["hybrid"]["starts"]
    first_test = sorted(starts)[1]
    starts[first_test] = max(starts.values())  # of the last test window
    second.starts.write_text(json.dumps(plans))
    with pytest.raises(AisleError, match="knows of later weeks"):
        fitted(second)


def test_later_purchases_of_the_earlier_training_change_nothing_before_them(
    first: TrainingFolder, trainings: Path, tmp_path: Path
) -> None:
    """What the first training saw after a window began does not reach the fit for that window."""
    until = read_snapshot(first.snapshot).windows.cutoffs["test_1"] + WEEK
    other = planned(frozen(tmp_path / "other", "first", FIRST), RECIPE)
    interactions = read_snapshot(other.snapshot).interactions
    late = interactions["interacted_at"] >= until
    swapped = interactions.assign(
        item_index=interactions["item_index"].where(~late, 89 - interactions["item_index"])
    )
    swapped.astype({"item_index": np.int32}).to_parquet(other.snapshot / "interactions.parquet")
    fitted(other)

    fits = []
    for parent in (trainings, tmp_path / "other"):
        second = grown(parent)
        snapshot = read_snapshot(second.snapshot)
        assert snapshot.windows.cutoffs["test_1"] == until
        with starting(second, RECIPE):
            model = refit(Recipe("hybrid", "lightfm_hybrid", chosen(2)), snapshot.dataset("test_1"))
        fits.append(model.score(list(snapshot.user_ids)))
    np.testing.assert_array_equal(*fits)


def test_a_rerun_gives_the_same_numbers_and_reads_nothing_of_its_own(trainings: Path) -> None:
    second = grown(trainings)
    once = fitted(second)
    shutil.rmtree(second.rival("hybrid"))  # killed just before its result was written
    again = fitted(second)
    assert again.recipe == once.recipe
    assert validation(again) == validation(once)
    assert again.per_user.equals(once.per_user)


def test_the_refit_on_everything_starts_warm_too(
    trainings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    second = grown(trainings)
    resolved = fitted(second).recipe
    dataset = read_snapshot(second.snapshot).dataset("end")
    with starting(second, RECIPE), caplog.at_level(logging.INFO):
        refit(resolved, dataset)
    assert f"the fit before {dataset.cutoff} begins with training first" in caplog.text

    third = planned(frozen(trainings, "third", FIRST + 3 * WEEK), RECIPE)
    plan = read_plan(third, "hybrid")
    assert plan.origin == "second", "the last one"
    assert plan.starts[str(dataset.cutoff + 2 * WEEK).replace(" ", "T")].endswith(
        f"fit-{dataset.cutoff:%Y%m%dT%H%M%S}"
    )


def test_epochs_of_a_warm_start_are_not_used_for_a_cold_one(trainings: Path) -> None:
    dataset = read_snapshot(grown(trainings).snapshot).dataset("test_1")
    few = {**HYBRID, "max_epochs": 5}
    cold = refit(Recipe("r", "lightfm_hybrid", {**few, "chosen": {"epochs": 5}}), dataset)
    params = {**few, "chosen": {"epochs": 1, "start": "training first"}}
    outside = refit(Recipe("r", "lightfm_hybrid", params), dataset)
    users = list(dataset.user_ids)
    np.testing.assert_array_equal(outside.score(users), cold.score(users))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"components": 8}, "whose vectors have 16 components, not 8"),
        ({}, "is damaged"),
    ],
)
def test_what_does_not_fit_or_is_damaged_is_no_start(
    trainings: Path, change: dict[str, int], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    if not change:
        biases = next((trainings / "first").rglob("item_biases.npy"))
        biases.write_bytes(biases.read_bytes()[:-4])
    with caplog.at_level(logging.WARNING):
        second = grown(trainings, replace(RECIPE, params={**HYBRID, **change}))
    plan = read_plan(second, "hybrid")
    assert plan.origin is None
    assert why in plan.why
    assert why in caplog.text


def test_a_start_lost_after_it_was_planned_stops_the_fit_with_a_reason(trainings: Path) -> None:
    second = grown(trainings)
    shutil.rmtree(trainings / "first")
    with pytest.raises(AisleError, match="does not hold the embeddings of a fit"):
        fitted(second)


def test_a_killed_training_is_no_start_and_an_older_one_is(trainings: Path) -> None:
    killed = grown(trainings, name="killed")
    fitted(killed)
    (killed.rival("hybrid") / "metrics.json").unlink()
    third = planned(frozen(trainings, "third", FIRST + 2 * WEEK), RECIPE)
    assert read_plan(third, "hybrid").origin == "first"


def test_the_champions_recipe_is_found_by_its_old_name(trainings: Path) -> None:
    held = Champion("3", replace(RECIPE, params={**HYBRID, "patience": 2}))
    folder = planned(frozen(trainings, "second", FIRST + WEEK), COLD, champion=held)
    assert read_plan(folder, "champion").origin == "first"


@pytest.mark.parametrize("recipe", [BLEND, Recipe("pure", "lightfm_pure", PURE)])
def test_the_others_of_the_family_start_warm_too(tmp_path: Path, recipe: Recipe) -> None:
    fitted(planned(frozen(tmp_path, "first", FIRST), recipe), recipe)
    second = fitted(grown(tmp_path, recipe), recipe)
    cold = fitted(planned(frozen(tmp_path / "alone", "cold", FIRST + WEEK), recipe), recipe)
    assert second.recipe.params["chosen"]["start"] == "training first"
    assert cold.recipe.params["chosen"]["start"] == "nothing"
    assert validation(second)[0] > 1.5 * validation(cold)[0]


def test_a_recipe_that_cannot_start_warm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match="als cannot start warm"):
        is_warm(Recipe("factors", "als", {"warm_start": True}))
    with pytest.raises(AisleError, match="say true or false"):
        is_warm(Recipe("hybrid", "lightfm_hybrid", {"warm_start": "yes"}))


def rivals_of(*recipes: Recipe) -> Rivals:
    return Rivals(list(recipes), None, None)


def chosen(epochs: int) -> dict[str, object]:
    return {**HYBRID, "chosen": {"epochs": epochs, "start": "training first"}}


def epochs_to(quality: float, evaluation: Evaluation) -> int:
    return next(step for step, value in enumerate(validation(evaluation), 1) if value >= quality)
