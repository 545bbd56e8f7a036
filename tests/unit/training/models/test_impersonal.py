"""Trends and segments on shops where what is special about them is obvious."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.content_similarity import ContentSimilarity
from training.models.segment_popularity import SegmentPopularity
from training.models.trending import Trending, trend_scores
from training.split import Truth, pairs

SEGMENTS = {
    "window_days": 28,
    "min_feature_count": 2,
    "smoothing": 2,
    "strengths": [1.0, 0.0],
    "validation_users": 100,
}
TREND = {"half_life_weeks": 1, "long_half_life_weeks": 13, "smoothing": 1, "lift_weights": [0, 2]}


@pytest.fixture(scope="module")
def tasteful(checkerboard: Dataset) -> Dataset:
    """The checkerboard; all but three users say which colour they like."""
    count = checkerboard.user_ids.size
    said: list[Any] = [
        json.dumps({"favourite": "even" if user % 2 == 0 else "odd"}) for user in range(count)
    ]
    said[0] = said[1] = said[2] = None
    return replace(checkerboard, user_features=pd.DataFrame({"attributes": said}))


def colours(item_ids: pd.Series) -> set[int]:
    return set(item_ids.str[1:].astype(int) % 2)


def test_a_segment_gets_what_it_buys_and_the_others_what_all_buy(tasteful: Dataset) -> None:
    model = SegmentPopularity(SEGMENTS).fit(tasteful)

    rows = model.recommend(["u04", "u05", "u00"], 8)

    assert colours(rows[rows["user_id"] == "u04"]["item_id"]) == {0}
    assert colours(rows[rows["user_id"] == "u05"]["item_id"]) == {1}
    assert rows.groupby("user_id")["source"].unique().map(list).to_dict() == {
        "u00": ["popular"],
        "u04": ["segment"],
        "u05": ["segment"],
    }


def test_a_newcomer_who_says_what_they_like_gets_the_same(tasteful: Dataset) -> None:
    model = SegmentPopularity(SEGMENTS).fit(tasteful)

    rows = model.recommend(["new"], 5, context={"attributes": {"favourite": "odd"}})
    known = model.recommend(["u05"], 5)

    assert rows["item_id"].tolist() == known["item_id"].tolist()
    assert set(rows["source"]) == {"segment"}


def test_much_smoothing_makes_everybody_alike(tasteful: Dataset) -> None:
    model = SegmentPopularity({**SEGMENTS, "smoothing": 1e9}).fit(tasteful)

    np.testing.assert_allclose(model.score(["u04"]), model.score(["u05"]), atol=1e-5)


def test_the_strength_is_what_served_members_best(tasteful: Dataset) -> None:
    relevant = pairs(tasteful.interactions, tasteful.shape)
    truth = Truth("next", relevant, None)

    chosen, curve = SegmentPopularity.choose(SEGMENTS, tasteful, {"next": truth})

    assert chosen == {"strength": 1.0}
    assert curve[0].value > curve[1].value


def test_a_trend_is_above_what_has_always_sold_as_much_lately(checkerboard: Dataset) -> None:
    cutoff = checkerboard.cutoff
    old = [
        (user, 0, user, cutoff - timedelta(days=7 * week))
        for week in range(1, 26)
        for user in range(4)
    ]
    new = [(user, 1, user, cutoff - timedelta(days=7)) for user in range(4)]
    frame = pd.DataFrame(
        old + new, columns=["user_index", "item_index", "order_index", "interacted_at"]
    )
    shop = replace(checkerboard, interactions=frame)

    without, with_lift = (trend_scores(shop, TREND, weight) for weight in (0.0, 2.0))

    assert without[0] > without[1]
    assert with_lift[1] > with_lift[0]
    assert with_lift.argmax() == 1
    assert Trending(TREND).fit(shop).recommend(["x"], 1)["item_id"].item() == "i00"


def test_content_puts_an_item_nobody_bought_beside_its_like(checkerboard: Dataset) -> None:
    items = checkerboard.item_features.copy()
    items.loc[20, "category"] = "odd"
    params = {"window_days": 28, "min_users": 2, "half_life_weeks": 13, "vectors": "tfidf"}
    model = ContentSimilarity(params).fit(replace(checkerboard, item_features=items))

    scores = model.score(["u05", "u04"], ["i20", "i00"])

    assert scores[0, 0] > scores[0, 1]
    assert scores[1, 0] < scores[1, 1]


def test_content_by_embeddings_follows_the_vectors(checkerboard: Dataset) -> None:
    vectors = np.array(
        [[1, 0] if item % 2 == 0 else [0, 1] for item in range(21)], dtype=np.float32
    )
    params = {"window_days": 28, "min_users": 2, "half_life_weeks": 13, "vectors": "text"}
    model = ContentSimilarity(params).fit(replace(checkerboard, item_vectors={"text": vectors}))

    rows = model.recommend(["u05"], 8)

    assert colours(rows["item_id"]) == {1}
    assert set(rows["source"]) == {"content"}
