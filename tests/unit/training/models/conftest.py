"""A shop whose right answers are obvious: a checkerboard of tastes."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset

CUTOFF = datetime(2024, 3, 4, 5)
USERS, ITEMS = 40, 20
WEEKLY_USERS, WEEKS = 60, 30


@pytest.fixture(scope="session")
def checkerboard() -> Dataset:
    """Even users buy even items, odd users odd items; each has one item of its colour left out.

    User u never bought item (u + 2) % 20, which has their colour. The last user has no history,
    the last item no buyer.
    """
    rows = [
        (user, item, user, CUTOFF - timedelta(days=1 + (user + item) % 5))
        for user in range(USERS)
        for item in range(ITEMS)
        if (user - item) % 2 == 0 and item != (user + 2) % ITEMS
    ]
    return _colours(rows, USERS)


@pytest.fixture(scope="session")
def weekly_checkerboard() -> Dataset:
    """The same rule with more users, who come back every week for three of their nine items.

    So there are past windows for a ranker to learn from.
    """
    rows = []
    for user in range(WEEKLY_USERS):
        kept = (user + 2) % ITEMS
        own = [item for item in range(ITEMS) if (user - item) % 2 == 0 and item != kept]
        for week in range(WEEKS):
            at = CUTOFF - timedelta(days=7 * week + 1 + user % 5)
            taken = [own[(3 * week + place) % len(own)] for place in range(3)]
            rows += [(user, item, user * WEEKS + week, at) for item in taken]
    return _colours(rows, WEEKLY_USERS)


def _colours(rows: list[tuple[int, int, int, datetime]], users: int) -> Dataset:
    """Return the shop of even and odd items with these purchases."""
    columns = ["user_index", "item_index", "order_index", "interacted_at"]
    interactions = pd.DataFrame(rows, columns=columns)
    return Dataset(
        cutoff=CUTOFF,
        user_ids=np.array([f"u{user:02}" for user in range(users + 1)], dtype=object),
        item_ids=np.array([f"i{item:02}" for item in range(ITEMS + 1)], dtype=object),
        interactions=interactions.astype(dict.fromkeys(columns[:3], np.int32)),
        user_features=pd.DataFrame({"attributes": [None] * (users + 1)}),
        item_features=pd.DataFrame(
            {
                "category": ["even", "odd"] * (ITEMS // 2) + [None],
                "is_in_catalogue": [True] * (ITEMS + 1),
                "orders_28d": [float(item) for item in range(ITEMS)] + [np.nan],
            }
        ),
    )
