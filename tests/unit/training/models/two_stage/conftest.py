"""A small shop with rhythm: everybody takes two things weekly and tries something new."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset

CUTOFF = datetime(2024, 3, 4, 5)
USERS, ITEMS, WEEKS = 60, 64, 20


@pytest.fixture(scope="session")
def rhythm() -> Dataset:
    """User u takes items u % 8 and u % 8 + 8 every week, and one of their colour once."""
    rows = []
    for user in range(USERS):
        for week in range(WEEKS):
            at = CUTOFF - timedelta(days=7 * week + 1 + user % 5)
            order = user * WEEKS + week
            once = 16 + (user % 2) + 2 * ((week + 5 * user) % 24)
            rows += [(user, item, order, at) for item in (user % 8, user % 8 + 8, once)]
    return dataset_of(rows)


def dataset_of(rows: list[tuple[int, int, int, datetime]]) -> Dataset:
    """Return a shop with these purchases: user, item, order, moment."""
    columns = ["user_index", "item_index", "order_index", "interacted_at"]
    interactions = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[:3], np.int32))
    interactions["known_at"] = interactions["interacted_at"]
    return Dataset(
        cutoff=CUTOFF,
        user_ids=np.array([f"u{user:02}" for user in range(USERS + 1)], dtype=object),
        item_ids=np.array([f"i{item:02}" for item in range(ITEMS)], dtype=object),
        interactions=interactions.sort_values("interacted_at", ignore_index=True),
        user_features=pd.DataFrame(index=range(USERS + 1)),
        item_features=pd.DataFrame({"colour": ["even", "odd"] * (ITEMS // 2)}),
    )
