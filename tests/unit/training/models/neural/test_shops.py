"""Networks fit whatever shop there is: without repeats, features, steps, or any purchase."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.families import build, family_named
from training.split import Task, Truth, pairs

Small = dict[str, dict[str, Any]]


def one_order_each(shop: Dataset) -> Dataset:
    rows = shop.interactions.drop_duplicates("user_index")
    return replace(shop, interactions=rows)


def nothing_bought(shop: Dataset) -> Dataset:
    return replace(shop, interactions=shop.interactions.iloc[:0])


def no_features(shop: Dataset) -> Dataset:
    users, items = shop.shape
    return replace(
        shop,
        user_features=pd.DataFrame(index=range(users)),
        item_features=pd.DataFrame(index=range(items)),
    )


@pytest.mark.parametrize("change", [one_order_each, nothing_bought, no_features])
def test_any_shop_gets_its_whole_catalogue_ranked(
    family: str, change: Any, checkerboard: Dataset, small: Small
) -> None:
    shop = change(checkerboard)
    params = {**small[family], "max_epochs": 2}
    bought = pairs(checkerboard.interactions, checkerboard.shape)
    truths: dict[Task, Truth] = {
        "next": Truth("next", bought, None),
        "discovery": Truth("discovery", bought, None),
    }

    chosen, curves = family_named(family).choose(params, shop, truths)
    model = build(family, {**params, "chosen": chosen}).fit(shop)

    assert chosen["epochs"] in (1, 2)
    assert all(np.isfinite(point.value) for point in curves)
    rows = model.recommend(["u04", "stranger"], 99)
    assert (rows.groupby("user_id")["item_id"].nunique() == shop.item_ids.size).all()


@pytest.mark.parametrize("family", ["gru4rec", "sasrec"])
def test_who_bought_once_in_a_shop_of_single_orders_gets_what_is_popular(
    family: str, checkerboard: Dataset, small: Small
) -> None:
    model = build(family, small[family]).fit(one_order_each(checkerboard))
    assert set(model.recommend(["u04"], 3)["source"]) == {"popular"}
