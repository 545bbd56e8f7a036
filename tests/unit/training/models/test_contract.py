"""What every family of models promises, on a shop where the right answer is obvious."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aisle.core.columns import RECOMMENDATION
from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.base import Recommender
from training.models.families import FAMILIES, build, family_named, load_recommender
from training.models.two_stage.learning import learn
from training.recipes import load_recipes

SMALL = {
    "components": 8,
    "iterations": 100,
    "max_epochs": 8,
    "min_users": 2,
    "min_feature_count": 2,
    "neighbours": 10,
    "trees": 20,
}
FAST = {"learning_rate": 0.05, "max_epochs": 4}  # for networks: so few epochs are to be enough
PARAMS: dict[str, dict[str, Any]] = {
    recipe.family: {
        **recipe.params,
        **SMALL,
        **(FAST if "torch" in family_named(recipe.family).needs else {}),
    }
    for recipe in load_recipes()
}
# Without attributes, a segment is everybody; the checkerboard's users have none.
IMPERSONAL = {"popularity", "trending", "segment_popularity"}
RANKERS = {"two_stage_linear", "two_stage_trees"}
FITTED: dict[str, Recommender] = {}


@pytest.fixture(params=sorted(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shop(family: str, checkerboard: Dataset, weekly_checkerboard: Dataset) -> Dataset:
    """Where the family has enough to learn from: a ranker needs past windows."""
    return weekly_checkerboard if family in RANKERS else checkerboard


@pytest.fixture
def model(family: str, shop: Dataset) -> Recommender:
    """A fitted model, made once per family: no test may change it."""
    if family not in FITTED:
        FITTED[family] = build(family, PARAMS[family]).fit(shop)
    return FITTED[family]


def test_every_family_has_a_recipe() -> None:
    assert set(PARAMS) == set(FAMILIES)


def test_rows_have_the_agreed_columns_ranks_and_falling_scores(model: Recommender) -> None:
    rows = model.recommend(["u03", "u00"], 5)

    assert list(rows.columns) == RECOMMENDATION
    assert rows["user_id"].tolist() == ["u03"] * 5 + ["u00"] * 5
    assert rows["rank"].tolist() == [1, 2, 3, 4, 5] * 2
    assert rows.groupby("user_id")["score"].apply(lambda s: s.is_monotonic_decreasing).all()
    assert not rows.duplicated(["user_id", "item_id"]).any()
    assert rows["score"].dtype == np.float32


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - IMPERSONAL))
def test_personal_families_know_the_colour_of_a_user(model: Recommender) -> None:
    rows = model.recommend(["u04", "u11"], 5)

    colours = rows["item_id"].str[1:].astype(int) % 2
    assert colours.tolist() == [0] * 5 + [1] * 5


@pytest.mark.parametrize("family", ["lightfm_hybrid", "blend"])
@pytest.mark.parametrize("user", [4, 11, 20])
def test_hybrids_find_the_item_a_user_has_not_met(
    model: Recommender, user: int, shop: Dataset
) -> None:
    bought = shop.interactions.query("user_index == @user")["item_index"]
    exclude = {f"u{user:02}": [f"i{item:02}" for item in bought]}

    rows = model.recommend([f"u{user:02}"], 1, exclude=exclude)

    assert rows["item_id"].tolist() == [f"i{(user + 2) % 20:02}"]


def test_unknown_users_get_popular_items_that_say_so(model: Recommender) -> None:
    rows = model.recommend(["stranger", "u01"], 3)

    stranger = rows[rows["user_id"] == "stranger"]
    assert stranger["source"].tolist() == ["popular"] * 3
    assert np.isfinite(stranger["score"]).all()


def test_a_known_user_without_history_gets_the_same_as_a_stranger(model: Recommender) -> None:
    rows = model.recommend([str(model.user_ids[-1]), "stranger"], 3)

    assert rows["item_id"].tolist()[:3] == rows["item_id"].tolist()[3:]
    assert set(rows["source"]) == {"popular"}


def test_excluded_items_are_never_shown_and_only_to_that_user(model: Recommender) -> None:
    first = model.recommend(["u05", "stranger"], 2)
    hidden = first[first["user_id"] == "stranger"]["item_id"].tolist()

    rows = model.recommend(["u05", "stranger"], 2, exclude={"stranger": [*hidden, "no-such-item"]})

    stranger = rows[rows["user_id"] == "stranger"]
    assert not set(stranger["item_id"]) & set(hidden)
    pd.testing.assert_frame_equal(rows[rows["user_id"] == "u05"], first[first["user_id"] == "u05"])


def test_candidates_limit_everybody(model: Recommender) -> None:
    rows = model.recommend(["u05", "stranger"], 10, candidates=["i03", "i08", "no-such-item"])

    assert rows.groupby("user_id")["item_id"].apply(set).tolist() == [{"i03", "i08"}] * 2


def test_more_than_there_is_gives_the_whole_catalogue(model: Recommender) -> None:
    rows = model.recommend(["u05"], 500)

    assert sorted(rows["item_id"]) == list(model.item_ids)


def test_nobody_gets_an_empty_frame_with_the_agreed_columns(model: Recommender) -> None:
    assert list(model.recommend([], 3).columns) == RECOMMENDATION
    assert model.recommend([], 3).empty


def test_scores_are_users_by_items_and_agree_with_recommendations(model: Recommender) -> None:
    everything = model.score(["u05", "stranger"])
    some = model.score(["u05", "stranger"], ["i07", "no-such-item", "i02"])

    assert everything.shape == (2, model.item_ids.size)
    assert everything.dtype == np.float32
    np.testing.assert_array_equal(some[:, 0], everything[:, 7])
    np.testing.assert_array_equal(some[:, 2], everything[:, 2])
    assert np.isneginf(some[:, 1]).all()
    best = model.recommend(["u05"], 1)["item_id"].item()
    assert best == model.item_ids[everything[0].argmax()]


def test_a_loaded_model_answers_as_the_saved_one(model: Recommender, tmp_path: Path) -> None:
    loaded = load_recommender(model.save(tmp_path / "model"))

    users = [*model.user_ids[:7], "stranger"]
    pd.testing.assert_frame_equal(loaded.recommend(users, 6), model.recommend(users, 6))
    np.testing.assert_array_equal(loaded.score(users), model.score(users))


def test_a_saved_model_is_arrays_and_json_only(model: Recommender, tmp_path: Path) -> None:
    folder = model.save(tmp_path / "model")

    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert suffixes == {".npy", ".json"}


def test_fitting_twice_gives_the_same_model(model: Recommender, family: str, shop: Dataset) -> None:
    again = build(family, PARAMS[family]).fit(shop)

    np.testing.assert_array_equal(again.score(model.user_ids), model.score(model.user_ids))


def test_items_a_user_has_met_are_hidden_where_that_was_chosen(
    family: str, shop: Dataset, tmp_path: Path
) -> None:
    hiding = {**PARAMS[family], "chosen": {"hide_seen": True}}
    model = build(family, hiding).fit(shop)

    for shown in (model, load_recommender(model.save(tmp_path / "model"))):
        rows = shown.recommend(["u04", "stranger"], 50)
        met = shop.interactions.query("user_index == 4")["item_index"]
        own = rows[rows["user_id"] == "u04"]["item_id"].str[1:].astype(int)
        assert sorted(own) == sorted(set(range(21)) - set(met))
        assert (rows["user_id"] == "stranger").sum() == 21
        assert np.isneginf(shown.score(["u04"])[0, met]).all()


def test_fitting_leaves_the_dataset_alone(family: str, shop: Dataset) -> None:
    interactions = shop.interactions.copy()
    items = shop.item_features.copy()

    build(family, PARAMS[family]).fit(shop)

    pd.testing.assert_frame_equal(shop.interactions, interactions)
    pd.testing.assert_frame_equal(shop.item_features, items)


@pytest.mark.parametrize("family", sorted(RANKERS))
def test_a_ranker_has_learned_what_the_rule_for_small_shops_does_not_know(
    family: str, shop: Dataset, checkerboard: Dataset
) -> None:
    params = {**PARAMS[family], "ranker": family.removeprefix("two_stage_")}
    learned, ruled = (learn(data, params) for data in (shop, checkerboard))

    assert ruled.is_owned.all(), "the rule names nothing but own items"
    assert not learned.is_owned.all()


def test_an_unknown_family_is_refused_by_name() -> None:
    with pytest.raises(AisleError, match="'oracle'"):
        build("oracle", {})


def test_a_folder_of_another_family_is_refused(tmp_path: Path, checkerboard: Dataset) -> None:
    saved = build("popularity", {"window_days": 28}).fit(checkerboard).save(tmp_path / "model")

    with pytest.raises(AisleError, match="popularity"):
        FAMILIES["blend"].load(saved)
