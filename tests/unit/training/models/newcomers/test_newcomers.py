"""Who has bought nothing gets what is popular, more so among people like them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.dataset import Dataset
from training.models.content_affinity import ContentAffinity
from training.models.families import load_recommender
from training.models.newcomers.choice import choose_extra, choose_newcomers
from training.models.newcomers.segments import NEVER, learn_segments, lifts
from training.models.newcomers.trend import trend_of
from training.split import Truth, pairs

WELCOME = {"window_days": 28, "strength": 1.0, "weight": 1.0}
CONTENT = {"half_life_weeks": 13, "window_days": 28, "popularity": 0.0, "validation_users": 100}
EVEN, ODD = '{"taste": "even"}', '{"taste": "odd"}'


@pytest.fixture
def shop(checkerboard: Dataset) -> Dataset:
    """Everybody's taste is told, also that of u40, who has bought nothing yet."""
    told = [EVEN if user % 2 == 0 else ODD for user in range(41)]
    return replace(checkerboard, user_features=pd.DataFrame({"attributes": told}))


def bought_again(shop: Dataset) -> Truth:
    return Truth("next", sparse.csr_matrix(pairs(shop.interactions, shop.shape)))


def test_a_lift_is_the_smoothed_share_of_a_segment_over_that_of_all_told_of() -> None:
    rows = sparse.csr_matrix(np.array([[1, 1], [1, 1], [0, 1], [0, 0]], dtype=np.float32))
    bought = sparse.csr_matrix(np.array([[1, 0], [1, 0], [0, 0], [1, 0]], dtype=np.float32))

    found = lifts(rows, bought, np.ones(4, dtype=bool), {"strength": 2, "weight": 0.5})

    told = (2 + 50 * 3 / 4) / (3 + 50)
    assert found.shape == (2, 2)
    assert found[0, 0] == pytest.approx(0.5 * np.log((2 + 2 * told) / (2 + 2) / told), rel=1e-5)
    assert found[1, 0] == pytest.approx(np.log(told / 0.75), rel=1e-5)
    assert not found[:, 1].any()


def test_users_who_are_hidden_do_not_count() -> None:
    rows = sparse.csr_matrix(np.ones((2, 2), dtype=np.float32))
    bought = sparse.csr_matrix(np.array([[1, 0], [0, 1]], dtype=np.float32))

    found = lifts(rows, bought, np.array([True, False]), {"strength": 1, "weight": 1.0})

    assert found[:, 1].tolist() == [0, 0]


def test_a_segment_prefers_what_it_buys_and_who_is_known_belongs_to_none(shop: Dataset) -> None:
    segments = learn_segments(shop, WELCOME)

    even, odd = (segments.of_features({"attributes": told}) for told in (EVEN, ODD))

    assert even is not None and odd is not None
    assert set(np.argsort(-even)[:10] % 2) == {0}
    assert set(np.argsort(-odd)[:10] % 2) == {1}
    assert np.flatnonzero(segments.is_told).tolist() == [40]
    np.testing.assert_array_equal(segments.of_users(np.array([40]))[0], even)
    assert even[20] == pytest.approx(np.log(NEVER))


@pytest.mark.parametrize("told", ["{}", None, 7, '{"taste": "purple"}', '{"mood": "even"}'])
def test_what_says_nothing_makes_no_segment(shop: Dataset, told: Any) -> None:
    assert learn_segments(shop, WELCOME).of_features({"attributes": told}) is None


def test_a_model_welcomes_newcomers_of_the_data_and_of_the_request_alike(
    shop: Dataset, tmp_path: Path
) -> None:
    fitted = ContentAffinity({**CONTENT, "newcomers": WELCOME}).fit(shop)

    for model in (fitted, load_recommender(fitted.save(tmp_path / "model"))):
        context = {"attributes": {"taste": "even"}}
        rows = model.recommend(["u40", "stranger"], 5, context=context)
        own, other = rows["item_id"].tolist()[:5], rows["item_id"].tolist()[5:]
        assert own == other
        assert all(int(item[1:]) % 2 == 0 for item in own)
        assert set(rows["source"]) == {"segment"}
        assert set(model.recommend(["stranger"], 5)["source"]) == {"popular"}
        np.testing.assert_array_equal(model.score(["u04"]), fitted.score(["u04"]))


def test_a_recipe_without_newcomers_stays_as_it_is(shop: Dataset) -> None:
    model = ContentAffinity(CONTENT).fit(shop)

    rows = model.recommend(["u40"], 5, context={"attributes": {"taste": "even"}})

    assert set(rows["source"]) == {"popular"}


def test_validation_counts_segments_where_they_tell_who_buys_what(shop: Dataset) -> None:
    chosen = choose_newcomers(shop, bought_again(shop), WELCOME)

    assert chosen["weight"] > 0


def test_a_shop_that_knows_nobody_keeps_popularity(shop: Dataset) -> None:
    silent = replace(shop, user_features=pd.DataFrame({"attributes": [None] * 41}))
    nobody = Truth("next", sparse.csr_matrix(shop.shape, dtype=bool))

    assert choose_newcomers(silent, bought_again(shop), WELCOME)["weight"] == 0
    assert choose_newcomers(shop, nobody, WELCOME) == {**WELCOME, "trend": 0.0}


@pytest.fixture
def season(checkerboard: Dataset) -> Dataset:
    """Forty weeks in which low numbers sold; in the last one a third took high ones instead."""
    rows = [
        (user, item, user, checkerboard.cutoff - timedelta(weeks=week, days=1))
        for user in range(40)
        for week in range(40)
        for item in (range(10, 14) if week == 0 and user % 3 == 0 else range(4))
    ]
    columns = ["user_index", "item_index", "order_index", "interacted_at"]
    interactions = pd.DataFrame(rows, columns=columns)
    return replace(checkerboard, interactions=interactions)


def test_a_trend_is_the_log_of_the_smoothed_rate_of_late_over_that_of_months(
    season: Dataset,
) -> None:
    everybody = np.ones(season.shape[0], dtype=bool)

    lift = trend_of(season).lift(everybody)

    age = 1 / 7
    short = 14 * 2**-age * np.log(2)
    long = 14 * 2 ** (-age / 13) * np.log(2) / 13
    assert lift[10] == pytest.approx(np.log((short + 5) / (long + 5)), rel=1e-4)
    assert 0 < lift[:4].max() < lift[10:14].min()
    assert lift[20] == 0
    assert not trend_of(season).lift(~everybody).any()


@pytest.mark.parametrize("told", [True, False])
def test_validation_welcomes_newcomers_by_a_trend_where_the_next_weeks_follow_it(
    season: Dataset, told: bool
) -> None:
    said = [EVEN if user % 2 == 0 else ODD for user in range(41)] if told else [None] * 41
    shop = replace(season, user_features=pd.DataFrame({"attributes": said}))

    def truth(items: range) -> Truth:
        bought = np.zeros(shop.shape, dtype=bool)
        bought[:40, list(items)] = True
        return Truth("next", sparse.csr_matrix(bought))

    follows = choose_newcomers(shop, truth(range(10, 14)), WELCOME)
    stays = choose_newcomers(shop, truth(range(4)), WELCOME)

    assert follows["trend"] > 0
    assert stays["trend"] == 0
    plain = learn_segments(shop, {**follows, "trend": 0.0}).popularity
    assert learn_segments(shop, follows).popularity == pytest.approx(
        plain + follows["trend"] * trend_of(shop).lift(np.arange(41) < 40), abs=1e-5
    )


def test_another_score_counts_where_it_helps_and_not_where_it_misleads(shop: Dataset) -> None:
    truth = bought_again(shop)
    likes = truth.relevant.toarray().astype(np.float32)
    params = {**WELCOME, "weight": 0.0}

    def weight(sign: float) -> float:
        def extra(users: np.ndarray, items: np.ndarray) -> np.ndarray:
            return np.float32(sign) * likes[users][:, items]

        return choose_extra(shop, truth, params, extra, (0.0, 5.0))

    assert weight(1.0) == 5.0
    assert weight(-1.0) == 0.0
