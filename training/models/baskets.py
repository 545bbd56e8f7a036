"""Every user's baskets in order: which one each interaction belongs to, counted from either end."""

from dataclasses import dataclass

import numpy as np

from training.dataset import Dataset


@dataclass(frozen=True)
class BasketLines:
    """The distinct (user, basket, item) triples; all arrays have one entry per line."""

    users: np.ndarray
    items: np.ndarray
    place: np.ndarray  # of the basket among its user's, the oldest is 0
    count: np.ndarray  # baskets of the user


def basket_lines(dataset: Dataset) -> BasketLines:
    """Return the lines of all baskets known before the dataset's cutoff."""
    lines = dataset.interactions[["user_index", "order_index", "item_index", "interacted_at"]]
    lines = lines.drop_duplicates(["user_index", "order_index", "item_index"])
    keys = ["user_index", "order_index"]
    orders = lines.sort_values(["user_index", "interacted_at", "order_index"])[keys]
    orders = orders.drop_duplicates()
    by_user = orders.groupby("user_index")["order_index"]
    orders["place"], orders["count"] = by_user.cumcount(), by_user.transform("size")
    placed = lines.merge(orders, on=keys)
    return BasketLines(
        users=placed["user_index"].to_numpy(),
        items=placed["item_index"].to_numpy(),
        place=placed["place"].to_numpy(),
        count=placed["count"].to_numpy(),
    )
