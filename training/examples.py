"""A few users' lists with the evidence for each item: what a reader of a report can check."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from training.dataset import Dataset
from training.models.base import Recommender
from training.segments import HEAVY, LIGHT, NEW, segments
from training.split import Task, Truth

SHOWN_USERS = {LIGHT: 2, HEAVY: 2, NEW: 1}
ITEMS = 5
RECENT = timedelta(days=28)
SEED = 0


def example_lists(
    model: Recommender, truths: Mapping[Task, Truth], dataset: Dataset
) -> list[dict[str, Any]]:
    """Return the first items of some users of a window, each with its source and evidence.

    Always the same users for the same window, so that models can be read beside each other.
    """
    users = np.unique(np.concatenate([truth.users for truth in truths.values()]))
    if users.size == 0:
        return []
    by_segment = segments(dataset, users)
    chance = np.random.default_rng(SEED)
    picked = [
        user
        for segment, count in SHOWN_USERS.items()
        for user in chance.permutation(users[by_segment[users] == segment])[:count]
    ]
    bought = [truth.relevant for task, truth in truths.items() if task != "discovery"]
    places = {str(item): place for place, item in enumerate(dataset.item_ids)}
    found = []
    for user in picked:
        rows = model.recommend([str(dataset.user_ids[user])], ITEMS)
        own = dataset.interactions[dataset.interactions["user_index"] == user]
        taken = {int(item) for matrix in bought for item in matrix[user].indices}
        items = [
            {
                "item_id": row["item_id"],
                "source": row["source"],
                "evidence": _evidence(places[row["item_id"]], own, dataset),
                "taken": places[row["item_id"]] in taken,
            }
            for row in rows.to_dict("records")
        ]
        found.append(
            {
                "user_id": str(dataset.user_ids[user]),
                "segment": str(by_segment[user]),
                "taken": len(taken),
                "items": items,
            }
        )
    return found


def _evidence(item: int, own: pd.DataFrame, dataset: Dataset) -> str:
    """Return what the data says of a user and an item, in a few words."""
    mine = own[own["item_index"] == item]
    if len(mine):
        times = mine["order_index"].nunique()
        days = (pd.Timestamp(dataset.cutoff) - mine["interacted_at"].max()).days
        return f"in {times} of {own['order_index'].nunique()} own baskets, last {days} days before"
    rows = dataset.interactions
    since = pd.Timestamp(dataset.cutoff - RECENT)
    lately = rows[(rows["item_index"] == item) & (rows["interacted_at"] >= since)]
    buyers = lately["user_index"].nunique()
    return f"new to the user; {buyers} users took it in the last {RECENT.days} days"
