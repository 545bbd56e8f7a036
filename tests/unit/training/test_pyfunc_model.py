"""The registered model answers every request once, in order, with its own k and exclusions."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
import pytest

from training.pyfunc_model import RegisteredRecommender

ITEMS = ["i1", "i2", "i3"]


class FixedList:
    """Recommends i1, i2, i3 to everybody."""

    def recommend(
        self,
        user_ids: Collection[str],
        k: int,
        *,
        exclude: Mapping[str, Collection[str]],
        context: Mapping[str, object],
    ) -> pd.DataFrame:
        self.asked = [*getattr(self, "asked", []), (list(user_ids), context)]
        rows = []
        for user in user_ids:
            shown = [item for item in ITEMS if item not in exclude.get(user, [])][:k]
            rows += [(user, item, 1.0, rank, "popular") for rank, item in enumerate(shown, 1)]
        return pd.DataFrame(rows, columns=["user_id", "item_id", "score", "rank", "source"])


@pytest.fixture
def model() -> RegisteredRecommender:
    model = RegisteredRecommender()
    model.recommender = FixedList()
    return model


def answers(model: RegisteredRecommender, **columns: list[object]) -> list[tuple[str, str, int]]:
    found = model.predict(None, pd.DataFrame(columns))
    return list(found[["user_id", "item_id", "rank"]].itertuples(index=False, name=None))


def test_each_request_gets_its_own_number_of_items_in_the_order_of_requests(
    model: RegisteredRecommender,
) -> None:
    assert answers(model, user_id=["b", "a"], k=[1, 2]) == [
        ("b", "i1", 1),
        ("a", "i1", 1),
        ("a", "i2", 2),
    ]


def test_a_user_may_ask_twice_with_different_exclusions(model: RegisteredRecommender) -> None:
    exclusions = [np.array(["i1", "i2"], dtype=object), None]
    assert answers(model, user_id=["a", "a"], k=[1, 1], exclude=exclusions) == [
        ("a", "i3", 1),
        ("a", "i1", 1),
    ]


@pytest.mark.parametrize("columns", [{}, {"k": [None]}], ids=["no column", "no value"])
def test_without_a_number_ten_items_are_asked_for(
    model: RegisteredRecommender, columns: dict[str, list[object]]
) -> None:
    assert len(answers(model, user_id=["a"], **columns)) == len(ITEMS)


def test_no_request_gets_no_answer(model: RegisteredRecommender) -> None:
    assert list(model.predict(None, pd.DataFrame({"user_id": []})).columns) == [
        "user_id",
        "item_id",
        "score",
        "rank",
        "source",
    ]


@pytest.mark.parametrize("context", [None, np.nan, "", "[1]", "{broken", "7", 7])
def test_a_context_that_is_no_object_says_nothing(
    model: RegisteredRecommender, context: object
) -> None:
    assert len(answers(model, user_id=["a"], context=[context])) == len(ITEMS)
    assert model.recommender.asked == [(["a"], {})]


def test_each_request_keeps_its_own_context(model: RegisteredRecommender) -> None:
    contexts = ['{"attributes": {"age": "25"}}', None, '{"attributes": {"age": "25"}}']

    found = answers(model, user_id=["a", "b", "c"], k=[1, 1, 1], context=contexts)

    assert [user for user, _, _ in found] == ["a", "b", "c"]
    assert sorted(model.recommender.asked, key=str) == [
        (["a", "c"], {"attributes": {"age": "25"}}),
        (["b"], {}),
    ]
