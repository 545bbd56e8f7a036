"""New items are ranked by what they are: keys are found, weighed and liked as their items are."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from training.dataset import Dataset
from training.models.content.affinity import affinities, affinity
from training.models.content.choice import choose_terms
from training.models.content.keys import key_codes, keys_of, told_columns
from training.models.content_affinity import ContentAffinity
from training.models.history import decayed_frequency
from training.split import Task, Truth

PARAMS = {"half_life_weeks": 13, "window_days": 28, "popularity": 0.0, "validation_users": 100}


def test_columns_are_what_was_told_and_divides_items() -> None:
    features = pd.DataFrame(
        {
            "category": ["tea", "tea", None, "soap"],
            "brand": ["same"] * 4,
            "price": [1.0, np.nan, 3.0, 2.0],
            "attributes": ['{"size": 1, "id": "a"}', '{"size": 1, "id": "b"}', "{}", '{"size": 2}'],
            "users_28d": [1.0, 2.0, 3.0, 4.0],
        }
    )

    columns = told_columns(features)

    assert set(columns) == {"category", "price", "attributes.size", "attributes.id"}
    assert columns["category"].tolist() == [0, 0, -1, 1]
    assert columns["price"][1] == -1
    assert columns["price"][0] < columns["price"][3] < columns["price"][2]


def test_a_column_that_names_nearly_every_item_is_left_out() -> None:
    features = pd.DataFrame({"category": [f"c{n}" for n in range(20)], "brand": ["a", "b"] * 10})

    assert list(told_columns(features)) == ["brand"]


def test_several_columns_share_a_code_only_where_all_agree() -> None:
    columns = {"a": np.array([0, 0, 1, -1, -1]), "b": np.array([0, -1, 0, 0, -1])}

    codes = key_codes(columns, ("a", "b"))

    assert np.unique(codes[:4]).size == 4
    assert codes[4] == -1
    assert keys_of(["a", "b", "c"]) == [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")]


def test_liking_is_the_root_of_baskets_over_the_root_of_items(checkerboard: Dataset) -> None:
    columns = told_columns(checkerboard.item_features)
    frequency = decayed_frequency(checkerboard, 13)

    scores = affinity(checkerboard, frequency, columns, ("category",)).scores(np.array([4, -1]))

    expected = np.sqrt(frequency[4].sum() / np.sqrt(1 + 10))
    np.testing.assert_allclose(scores[0, :20:2], expected, rtol=1e-5)
    assert not scores[0, 1::2].any()
    assert scores[0, 20] == 0
    assert not scores[1].any()


def test_some_items_are_scored_as_all_are(checkerboard: Dataset) -> None:
    columns = told_columns(checkerboard.item_features)
    parts = affinities(checkerboard, columns, [(("category",), 2.0), (("gone",), 1.0)], 13)
    users, items = np.array([3, 40]), np.array([2, 20, 7])

    np.testing.assert_array_equal(parts.scores(users, items), parts.scores(users)[:, items])


def test_the_key_that_tells_who_buys_hidden_items_is_chosen(checkerboard: Dataset) -> None:
    bought = checkerboard.interactions[["user_index", "item_index"]].to_numpy().T
    ones = np.ones(bought.shape[1], dtype=bool)
    relevant = sparse.csr_matrix((ones, tuple(bought)), shape=checkerboard.shape)
    features = checkerboard.item_features.assign(brand=(["a"] * 4 + ["b"] * 4) * 2 + ["a"] * 5)
    dataset = replace(checkerboard, item_features=features)
    columns = told_columns(features)

    terms, curve = choose_terms(dataset, columns, {"next": Truth("next", relevant)}, PARAMS)

    assert "category" in terms[0][0]
    assert curve[-1] > 0.95


def test_an_item_that_nobody_bought_finds_those_who_like_its_kind(checkerboard: Dataset) -> None:
    features = checkerboard.item_features.copy()
    features.loc[20, "category"] = "odd"
    model = ContentAffinity(PARAMS).fit(replace(checkerboard, item_features=features))

    scores = model.score(["u01", "u02"], ["i20", "i02"])

    assert scores[0, 0] > scores[0, 1]
    assert scores[1, 0] < scores[1, 1]


def test_a_shop_that_tells_nothing_of_items_gets_what_is_popular(checkerboard: Dataset) -> None:
    silent = replace(checkerboard, item_features=pd.DataFrame({"category": [None] * 21}))
    nothing = sparse.csr_matrix(checkerboard.shape, dtype=bool)
    truths: dict[Task, Truth] = {
        "next": Truth("next", nothing),
        "discovery": Truth("discovery", nothing, nothing),
    }

    chosen, curve = ContentAffinity.choose(PARAMS, silent, truths)
    model = ContentAffinity({**PARAMS, "chosen": chosen}).fit(silent)

    assert chosen["terms"] == []
    assert curve == []
    np.testing.assert_array_equal(model.score(["u01"]), model.score(["u02"]))
    assert np.ptp(model.score(["u01"])) > 0
