"""A user known by features only gets, online, the vector that training would have given them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.catalogue import CatalogueRecommender
from training.models.families import FAMILIES, build, load_recommender
from training.models.lightfm_hybrid import LightFMHybrid
from training.recipes import load_recipes

SMALL = {"components": 8, "max_epochs": 8, "min_users": 2, "min_feature_count": 2}
EVEN, ODD = {"colour": "even", "age": 30}, {"colour": "odd", "age": 40}


@pytest.fixture(scope="module")
def shop(checkerboard: Dataset) -> Dataset:
    """The checkerboard, whose users say which colour they like; the last one never bought."""
    users = checkerboard.user_ids.size
    attributes = [json.dumps(EVEN if user % 2 == 0 else ODD) for user in range(users)]
    orders = [float(user % 7) for user in range(users - 1)] + [np.nan]
    orders[3] = np.nan
    features = pd.DataFrame({"attributes": attributes, "orders_28d": orders})
    return replace(checkerboard, user_features=features)


FITTED: dict[str, CatalogueRecommender] = {}


def fitted(family: str, shop: Dataset, numeric: object = False) -> CatalogueRecommender:
    key = f"{family} {numeric}"
    if key in FITTED:
        return FITTED[key]
    params: dict[str, Any] = next(
        dict(recipe.params) for recipe in load_recipes() if recipe.family == family
    )
    model = build(family, {**params, **SMALL, "numeric_features": numeric}).fit(shop)
    assert isinstance(model, CatalogueRecommender)
    FITTED[key] = model
    return model


@pytest.mark.parametrize("numeric", [False, True, "prepared"])
def test_the_online_vector_of_a_known_users_features_equals_the_training_one(
    shop: Dataset, numeric: object, tmp_path: Path
) -> None:
    trained = fitted("lightfm_hybrid", shop, numeric)
    loaded = load_recommender(trained.save(tmp_path / "model"))
    assert isinstance(trained, LightFMHybrid) and isinstance(loaded, LightFMHybrid)
    features = dict(shop.user_features.iloc[40])

    for model in (trained, loaded):
        vector = model._fold_in.vector(features)
        np.testing.assert_array_equal(vector, trained._vectors.users[40])
        apart = model._fold_in.vector({**features, "attributes": EVEN})
        np.testing.assert_array_equal(apart, vector)


@pytest.mark.parametrize("family", ["lightfm_hybrid", "blend"])
def test_a_newcomer_gets_what_people_like_them_like(
    family: str, shop: Dataset, tmp_path: Path
) -> None:
    model = load_recommender(fitted(family, shop).save(tmp_path / "model"))

    exclude = {"stranger": ["i20"]}
    for attributes, colour in ((EVEN, 0), (ODD, 1)):
        context = {"attributes": attributes}
        rows = model.recommend(["stranger"], 5, exclude=exclude, context=context)
        assert (rows["item_id"].str[1:].astype(int) % 2 == colour).all()
        assert set(rows["source"]) == {"segment" if family == "blend" else "hybrid"}


@pytest.mark.parametrize("family", ["lightfm_hybrid", "blend"])
def test_attributes_change_nothing_for_a_user_the_model_knows(family: str, shop: Dataset) -> None:
    model = fitted(family, shop)

    told = model.recommend(["u05", "stranger"], 5, context={"attributes": EVEN})

    pd.testing.assert_frame_equal(told[told["user_id"] == "u05"], model.recommend(["u05"], 5))


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize(
    "context",
    [
        {"attributes": {"colour": "purple", "age": float("inf")}},
        {"attributes": {"shoe": [1], "colour": b"x"}},
        {"attributes": "even"},
        {"attributes": None},
        {},
    ],
    ids=str,
)
def test_attributes_nobody_learned_from_leave_what_is_popular(
    family: str, context: dict[str, Any], shop: Dataset
) -> None:
    model = fitted(family, shop)

    rows = model.recommend(["stranger"], 3, context=context)

    pd.testing.assert_frame_equal(rows, model.recommend(["stranger"], 3))
    assert set(rows["source"]) == {"popular"}


def test_what_was_odd_is_counted_and_told_once(
    shop: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    model = fitted("lightfm_hybrid", shop)
    assert isinstance(model, LightFMHybrid)
    model._fold_in.counts.by_reason.clear()

    for _ in range(3):
        model._fold_in.vector({"attributes": {"colour": "purple"}})

    assert model._fold_in.counts.of("unseen") == {"attributes.colour": 3}
    assert len(caplog.records) == 1
