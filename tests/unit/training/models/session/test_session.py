"""What is bought together with the items of a visit is raised, as far as history proves it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.families import load_recommender
from training.models.personal_frequency import PersonalFrequency
from training.models.session.choice import choose_session_weights
from training.models.session.neighbours import SHRINKAGE, learn_neighbours, rank_scores

VISITS = {"weeks": 13, "neighbours": 5, "min_orders": 2, "weight": 2.0, "newcomer_weight": 3.0}
PARAMS = {"half_life_weeks": 13, "window_days": 28, "visits": VISITS}


def test_weights_are_cosines_of_orders_and_none_for_an_item_itself(checkerboard: Dataset) -> None:
    weights = learn_neighbours(checkerboard, VISITS).weights

    orders = np.zeros((40, 21))
    orders[checkerboard.interactions["order_index"], checkerboard.interactions["item_index"]] = 1
    together, count = orders.T @ orders, orders.sum(axis=0)
    expected = together[0, 4] / np.sqrt((count[0] + SHRINKAGE) * (count[4] + SHRINKAGE))
    row = weights[0].toarray()[0]
    assert row[row > 0] == pytest.approx(expected)
    assert (row > 0).sum() == 5
    assert row[0] == 0
    assert not row[1::2].any()


def test_later_items_of_a_visit_count_more(checkerboard: Dataset) -> None:
    neighbours = learn_neighbours(checkerboard, {**VISITS, "neighbours": 20})

    after = neighbours.of_session(np.array([0, 1]))

    assert after is not None
    assert after.max() == pytest.approx(1)
    assert after[3] > after[2] > 0
    assert neighbours.of_session(np.array([20])) is None


def test_ranks_become_the_discounts_of_ndcg() -> None:
    ranked = rank_scores(np.array([5.0, -np.inf, 7.0], dtype=np.float32))

    np.testing.assert_allclose(ranked, 1 / np.log2([3, 4, 2]), rtol=1e-6)


@pytest.mark.parametrize("user", ["stranger", "u40"])
def test_first_clicks_lead_a_newcomer_to_what_goes_with_them(
    checkerboard: Dataset, tmp_path: Path, user: str
) -> None:
    fitted = PersonalFrequency(PARAMS).fit(checkerboard)

    for model in (fitted, load_recommender(fitted.save(tmp_path / "model"))):
        for clicked, colour in (("i02", 0), ("i05", 1)):
            exclude = {user: [clicked]}
            context = {"session": [clicked, "no-such-item"]}
            rows = model.recommend([user], 5, exclude=exclude, context=context)
            assert set(rows["item_id"].str[1:].astype(int) % 2) == {colour}
            assert set(rows["source"]) == {"session"}
            assert clicked not in set(rows["item_id"])
            assert rows["score"].is_monotonic_decreasing


@pytest.mark.parametrize("session", [None, [], "i02", 7, ["no-such-item"], {"i02": 1}])
def test_a_visit_that_says_nothing_changes_nothing(checkerboard: Dataset, session: Any) -> None:
    model = PersonalFrequency(PARAMS).fit(checkerboard)

    with_visit = model.recommend(["u03", "stranger"], 5, context={"session": session})

    assert with_visit.equals(model.recommend(["u03", "stranger"], 5))


def test_candidates_and_hidden_items_hold_in_a_visit_too(checkerboard: Dataset) -> None:
    hiding = {**PARAMS, "chosen": {"hide_seen": True}}
    model = PersonalFrequency(hiding).fit(checkerboard)

    rows = model.recommend(["u04"], 50, context={"session": ["i02"]})
    few = model.recommend(["u04"], 50, candidates=["i01", "i06"], context={"session": ["i02"]})

    met = set(checkerboard.interactions.query("user_index == 4")["item_index"])
    assert not {int(item[1:]) for item in rows["item_id"]} & met
    assert few["item_id"].tolist()[0] in {"i06", "i01"}
    assert "i06" in set(few["item_id"])


def test_a_recipe_without_visits_does_not_look_at_them(checkerboard: Dataset) -> None:
    plain = {name: value for name, value in PARAMS.items() if name != "visits"}
    model = PersonalFrequency(plain).fit(checkerboard)

    rows = model.recommend(["stranger"], 5, context={"session": ["i02"]})

    assert rows.equals(model.recommend(["stranger"], 5))


def test_visits_count_where_history_shows_that_one_thing_leads_to_another(
    checkerboard: Dataset,
) -> None:
    old = checkerboard.interactions.assign(
        interacted_at=lambda rows: rows["interacted_at"] - timedelta(days=60),
        order_index=lambda rows: rows["order_index"] + 100,
    )
    rows = checkerboard.interactions.query("user_index < 20")
    both = replace(checkerboard, interactions=pd.concat([old, rows], ignore_index=True))

    chosen = choose_session_weights(both, VISITS, hide_seen=False)

    assert chosen["newcomer_weight"] > 0


def test_without_sessions_the_recipe_stands(checkerboard: Dataset) -> None:
    nothing = replace(checkerboard, interactions=checkerboard.interactions.iloc[:0])

    chosen = choose_session_weights(nothing, VISITS, hide_seen=False)

    assert chosen == {"weight": 2.0, "newcomer_weight": 3.0}
