"""Ranked lists of users as the rows that every model answers with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisle.core.columns import ITEM_ID, RANK, RECOMMENDATION, SCORE, SOURCE, USER_ID


@dataclass(frozen=True)
class RankedList:
    """What one user is recommended, best first."""

    items: np.ndarray  # positions in the model's `item_ids`
    scores: np.ndarray
    sources: np.ndarray


_NO_ITEMS = RankedList(np.empty(0, np.intp), np.empty(0, np.float32), np.empty(0, dtype=object))


def list_rows(user_ids: list[str], lists: list[RankedList], item_ids: np.ndarray) -> pd.DataFrame:
    """Return the lists of some users as one frame: a frame per user would take most time."""
    lists = [_NO_ITEMS, *lists]  # so that there always is something to concatenate
    lengths = [one.items.size for one in lists]
    rows = {
        USER_ID: np.repeat(np.array(["", *user_ids], dtype=object), lengths),
        ITEM_ID: item_ids[np.concatenate([one.items for one in lists])],
        SCORE: np.concatenate([one.scores for one in lists]),
        RANK: np.concatenate([np.arange(1, length + 1) for length in lengths]),
        SOURCE: np.concatenate([one.sources for one in lists]),
    }
    return pd.DataFrame(rows, columns=RECOMMENDATION)
