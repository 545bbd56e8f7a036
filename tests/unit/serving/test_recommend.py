import pandas as pd

from aisle.serving.identities import Identities
from aisle.serving.recommend import (
    NOBODY,
    fallback_of,
    recommend,
    recommended_items,
    request_frame,
)
from aisle.serving.shop import Shop

SHOP = Shop("b1", {"p1": "Milk", "p2": "Tea"})


class Ranking:
    """Ranks p1 … p`size` for everyone: personal for ada, bob and cyd, popular for the rest."""

    def __init__(self, size: int = 40) -> None:
        self.size = size
        self.depths: list[int] = []

    def predict(self, data: pd.DataFrame) -> pd.DataFrame:
        self.depths.append(int(data["k"].iloc[0]))
        rows = [
            (user, f"p{rank}", 1 / rank, rank, "personal" if user in KNOWN else "popular")
            for user, k in zip(data["user_id"], data["k"], strict=True)
            for rank in range(1, min(k, self.size) + 1)
        ]
        return pd.DataFrame(rows, columns=["user_id", "item_id", "score", "rank", "source"])


KNOWN = {"ada", "bob", "cyd"}


def items_of(rows: pd.DataFrame, user: str) -> list[str]:
    return rows.loc[rows["user_id"] == user, "item_id"].tolist()


def test_lists_come_in_the_order_of_the_users_and_then_of_rank() -> None:
    rows = recommend(Ranking(), ["cyd", "ada"], 2, SHOP)
    found = list(zip(rows["user_id"], rows["rank"], rows["item_id"], strict=True))
    assert found == [("cyd", 1, "p1"), ("cyd", 2, "p2"), ("ada", 1, "p1"), ("ada", 2, "p2")]


def test_an_item_off_sale_is_left_out_and_the_next_one_moves_up() -> None:
    shop = Shop("b1", off_sale=frozenset({"p1", "p3"}))
    rows = recommend(Ranking(), ["ada", "bob"], 3, shop)
    assert items_of(rows, "ada") == items_of(rows, "bob") == ["p2", "p4", "p5"]
    assert rows["rank"].tolist() == [1, 2, 3, 1, 2, 3]


def test_the_model_is_asked_deeper_only_while_it_knows_more() -> None:
    model = Ranking(size=20)
    shop = Shop("b1", off_sale=frozenset(f"p{number}" for number in range(1, 18)))
    rows = recommend(model, ["ada"], 5, shop)
    assert items_of(rows, "ada") == ["p18", "p19", "p20"]
    assert model.depths == [5, 20, 80]


def test_nothing_is_asked_twice_when_everything_is_on_sale() -> None:
    model = Ranking(size=3)  # fewer items than a list holds
    assert len(recommend(model, ["ada"], 5, SHOP)) == 3
    assert model.depths == [5]


def test_a_user_who_refused_gets_what_nobody_in_particular_gets() -> None:
    shop = Shop("b1", refused=frozenset({"bob"}))
    rows = recommend(Ranking(), ["ada", "bob", "stranger"], 2, shop)
    marks = rows.groupby("user_id", sort=False)[["source", "fallback"]].first()
    assert marks["source"].to_dict() == {
        "ada": "personal",
        "bob": "popular",
        "stranger": "popular",
    }
    assert marks["fallback"].where(marks["fallback"].notna(), None).to_dict() == {
        "ada": None,
        "bob": "no_consent",
        "stranger": "popular",
    }
    assert NOBODY not in set(rows["user_id"])


def test_only_a_wholly_popular_answer_is_a_fallback() -> None:
    class Mixed(Ranking):
        def predict(self, data: pd.DataFrame) -> pd.DataFrame:
            rows = super().predict(data)
            rows.loc[rows["rank"] > 1, "source"] = "popular"
            return rows

    assert fallback_of(recommend(Mixed(), ["ada"], 2, SHOP)) is None
    assert fallback_of(recommend(Mixed(), ["stranger"], 2, SHOP)) == "popular"
    assert fallback_of(recommend(Ranking(size=0), ["ada"], 2, SHOP)) is None


def test_items_come_in_rank_order_with_titles() -> None:
    rows = recommend(Ranking(), ["ada"], 2, SHOP).iloc[::-1]
    assert [(found.rank, found.title) for found in recommended_items(rows, SHOP)] == [
        (1, "Milk"),
        (2, "Tea"),
    ]


def test_an_item_that_is_not_published_is_named_by_its_id() -> None:
    assert SHOP.title_of("p9") == "Item p9"


def test_requests_are_what_the_registered_model_takes() -> None:
    frame = request_frame(["ada", "bob"], 7)
    assert frame.to_dict(orient="list") == {"user_id": ["ada", "bob"], "k": [7, 7]}
    assert frame["k"].dtype == "int64"


def test_nobody_gets_a_personal_answer_while_it_is_unknown_who_refused() -> None:
    rows = recommend(Ranking(), ["ada", "bob"], 3, Shop())
    assert set(rows["source"]) == set(rows["fallback"]) == {"popular"}


def test_an_earlier_name_gets_the_answer_and_the_refusal_of_the_present_one() -> None:
    identities = Identities(renamed={"eva": "ada", "rob": "bob"})
    shop = Shop("b1", refused=frozenset({"bob"}), identities=identities)
    rows = recommend(Ranking(), ["eva", "rob"], 2, shop)
    marks = rows.groupby("user_id", sort=False)[["source", "fallback"]].first()
    assert marks["source"].to_dict() == {"eva": "personal", "rob": "popular"}
    assert marks["fallback"].to_dict()["rob"] == "no_consent"


def test_a_visit_is_told_and_its_items_are_left_out() -> None:
    frame = request_frame(["ada"], 3, {"session": ["p1", "p2"]})
    assert frame["context"].tolist() == ['{"session": ["p1", "p2"]}']
    assert frame["exclude"].tolist() == [["p1", "p2"]]
    assert list(request_frame(["ada"], 3, {}).columns) == ["user_id", "k"]
