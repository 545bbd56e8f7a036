"""Lists made of few items are those made of all, ties and hidden items included."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.als import ImplicitALS
from training.models.blend import HybridBlend
from training.models.catalogue import CatalogueRecommender
from training.models.factors import Factors
from training.models.leading import Leading
from training.models.two_stage.recommender import TwoStageLinear
from training.recipes import load_recipes

CUTOFF = datetime(2024, 3, 4, 5)
USERS, ITEMS, ROWS = 60, 400, 6000
FAMILIES: list[type[CatalogueRecommender]] = [ImplicitALS, HybridBlend, TwoStageLinear]
SMALL = {"components": 4, "max_epochs": 2, "iterations": 2, "min_users": 12, "pool_items": 150}
PARAMS: dict[str, dict[str, Any]] = {
    recipe.family: {**recipe.params, **SMALL} for recipe in load_recipes()
}


@pytest.fixture(scope="module")
def random_shop() -> Dataset:
    """A shop without a rule; a third of the items has no buyer, the last user bought nothing."""
    random = np.random.default_rng(11)
    user = random.integers(0, USERS - 1, ROWS)
    item = (random.random(ROWS) ** 2 * ITEMS * 2 / 3).astype(int)
    day = random.integers(1, 200, ROWS)
    interactions = pd.DataFrame({"user_index": user, "item_index": item, "order_index": user})
    interactions["order_index"] = interactions["order_index"] * 200 + day
    interactions["interacted_at"] = [CUTOFF - timedelta(days=int(one)) for one in day]
    return Dataset(
        cutoff=CUTOFF,
        user_ids=np.array([f"u{one:03}" for one in range(USERS)], dtype=object),
        item_ids=np.array([f"i{one:03}" for one in range(ITEMS)], dtype=object),
        interactions=interactions.sort_values("interacted_at", ignore_index=True),
        user_features=pd.DataFrame({"attributes": [None] * USERS}),
        item_features=pd.DataFrame({"category": [f"c{one % 7}" for one in range(ITEMS)]}),
    )


@pytest.mark.parametrize("hide_seen", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("k", [1, 10, 100, 300, 500])
def test_lists_are_those_made_of_the_scores_of_all_items(
    family: type[CatalogueRecommender], hide_seen: bool, k: int, random_shop: Dataset
) -> None:
    model = fitted(family, random_shop, hide_seen)
    users = [*model.user_ids, "stranger"]
    first = model.recommend(users, 3)
    exclude = {
        user: [*rows["item_id"], "no-such-item"]
        for user, rows in first.groupby("user_id")
        if user != users[0]
    }

    rows = model.recommend(users, k, exclude=exclude)

    assert rows["user_id"].nunique() == len(users)
    pd.testing.assert_frame_equal(rows, slowly(model, users, k, exclude))


@pytest.mark.parametrize("family", FAMILIES)
def test_few_items_are_enough_for_short_lists(
    family: type[CatalogueRecommender], random_shop: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fitted(family, random_shop, hide_seen=False)
    known = [str(user) for user in model.user_ids[:-1]]
    expected = model.recommend(known, 5)
    monkeypatch.setattr(family, "score_users", None)

    pd.testing.assert_frame_equal(model.recommend(known, 5), expected)


def test_equal_scores_in_the_pool_and_outside_it_go_by_position(random_shop: Dataset) -> None:
    """Vectors of small whole numbers: nearly all scores are tied."""
    model = fitted(ImplicitALS, random_shop, hide_seen=False)
    random = np.random.default_rng(2)
    shape = model.user_ids.size, model.pool.size
    model.factors = Factors(
        *(random.integers(0, 2, (size, 3)).astype(np.float32) for size in shape)
    )
    users = model.user_ids.tolist()

    for k in (1, 7, 40, shape[1] - 1, shape[1], shape[1] + 20):
        rows = model.recommend(users, k)
        assert rows["score"].nunique() < 10 + k
        pd.testing.assert_frame_equal(rows, slowly(model, users, k, {}))


def test_a_tie_with_what_others_score_at_most_proves_nothing() -> None:
    scores = np.array([3, 1, 2], dtype=np.float32)
    leading = Leading(np.array([4, 5, 9]), scores, np.float32(1))

    assert leading.best(2) is not None
    assert leading.best(3) is None
    assert leading.best(4) is None
    assert leading.best(0) is None
    assert leading.without(np.array([9])).best(2) is None
    assert scores.tolist() == [3, 1, 2]


def test_hidden_items_are_left_out_wherever_they_are() -> None:
    leading = Leading(np.array([4, 5, 9]), np.array([3, 1, 2], np.float32), np.float32(0))

    best = leading.without(np.array([0, 4, 7, 99])).best(2)

    assert best is not None
    assert best[0].tolist() == [9, 5]


FITTED: dict[tuple[str, bool], CatalogueRecommender] = {}


def fitted(family: type[CatalogueRecommender], shop: Dataset, hide_seen: bool) -> Any:
    """Return the family fitted once."""
    key = family.family, hide_seen
    if key not in FITTED:
        params = {**PARAMS[family.family], "chosen": {"hide_seen": hide_seen}}
        FITTED[key] = family(params).fit(shop)
    return FITTED[key]


def slowly(
    model: CatalogueRecommender, users: list[str], k: int, exclude: dict[str, list[str]]
) -> pd.DataFrame:
    """Return the lists of a model that says nothing of what leads them."""

    class Slow(type(model)):  # type: ignore[misc]
        leading = CatalogueRecommender.leading

    slow = Slow.__new__(Slow)
    slow.__dict__.update(model.__dict__)
    rows: pd.DataFrame = slow.recommend(users, k, exclude=exclude)
    return rows
