import pandas as pd
import pytest

from aisle.serving.answers import RecommendedItem
from aisle.serving.recommend import fallback_of, recommended_items, request_frame
from aisle.serving.titles import Titles

TITLES = Titles("b1", {"p1": "Milk", "p2": "Tea"})


def item(source: str) -> RecommendedItem:
    return RecommendedItem(item_id="p1", title="Milk", score=1.0, rank=1, source=source)


def test_items_come_in_rank_order_with_titles() -> None:
    rows = pd.DataFrame(
        {
            "user_id": ["ada", "ada"],
            "item_id": ["p2", "p1"],
            "score": [0.5, 0.9],
            "rank": [2, 1],
            "source": ["popular", "personal"],
        }
    )
    items = recommended_items(rows, TITLES)
    assert [(found.rank, found.title, found.source) for found in items] == [
        (1, "Milk", "personal"),
        (2, "Tea", "popular"),
    ]


def test_an_item_that_is_not_published_is_named_by_its_id() -> None:
    assert TITLES.of("p9") == "Item p9"


@pytest.mark.parametrize(
    ("sources", "fallback"),
    [
        (["popular", "popular"], "popular"),
        (["personal", "popular"], None),
        (["hybrid"], None),
        ([], None),
    ],
)
def test_only_a_wholly_popular_answer_is_a_fallback(
    sources: list[str], fallback: str | None
) -> None:
    assert fallback_of([item(source) for source in sources]) == fallback


def test_requests_are_what_the_registered_model_takes() -> None:
    frame = request_frame(["ada", "bob"], 7)
    assert frame.to_dict(orient="list") == {"user_id": ["ada", "bob"], "k": [7, 7]}
    assert frame["k"].dtype == "int64"
