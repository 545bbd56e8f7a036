"""Cut one history in time: what each user bought after a cutoff, and had seen before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.errors import AisleError
from aisle.core.windows import Window

Task = Literal["next", "discovery", "newcomers", "cold_users", "cold_items"]
TASKS: tuple[Task, ...] = ("next", "discovery")  # of users with history
NEWCOMERS: Task = "newcomers"
JUDGED: tuple[Task, ...] = (*TASKS, NEWCOMERS)
COLD_USERS: Task = "cold_users"  # of users whose history was held out (`folds.py`)
COLD_ITEMS: Task = "cold_items"  # among items whose history was held out
Shape = tuple[int, int]


@dataclass(frozen=True)
class Truth:
    """What each user did buy after the cutoff.

    `seen` items are no candidates (discovery only); `candidates` are all there are (cold items).
    """

    task: Task
    relevant: sparse.csr_matrix  # users x items, bool
    seen: sparse.csr_matrix | None = None  # users x items, bool
    candidates: np.ndarray | None = None  # item indices, in order; None: the whole catalogue

    @property
    def users(self) -> np.ndarray:
        """Indices of the users with anything to find, in order."""
        return np.flatnonzero(np.diff(self.relevant.indptr))


def known_before(interactions: pd.DataFrame, cutoff: datetime) -> pd.Series:
    """Return for each interaction whether it had happened and was known before the cutoff."""
    known: pd.Series = (interactions["interacted_at"] < cutoff) & (
        interactions["known_at"] < cutoff
    )
    return known


def truth(interactions: pd.DataFrame, window: Window, task: Task, shape: Shape) -> Truth:
    """Return the distinct items each user bought in `window`.

    next: of users with history · discovery: of the same, only items new to them · newcomers: of
    users without any history.
    """
    if task not in JUDGED:
        raise AisleError(f"Unknown task {task!r}: choose one of {', '.join(JUDGED)}.")
    when = interactions["interacted_at"]
    seen = pairs(interactions[known_before(interactions, window.cutoff)], shape)
    bought = pairs(interactions[(when >= window.cutoff) & (when < window.end)], shape)
    is_judged = (np.diff(seen.indptr) > 0) != (task == NEWCOMERS)
    bought = kept_entries(bought, np.repeat(is_judged, np.diff(bought.indptr)))
    if task != "discovery":
        return Truth(task, bought, None)
    return Truth(task, sparse.csr_matrix(bought > seen), seen)  # bought and not seen


def kept_entries(matrix: sparse.csr_matrix, is_kept: np.ndarray) -> sparse.csr_matrix:
    """Return the matrix with only some of its stored entries."""
    kept = matrix.copy()
    kept.data = is_kept
    kept.eliminate_zeros()
    return kept


def pairs(interactions: pd.DataFrame, shape: Shape) -> sparse.csr_matrix:
    """Return the distinct (user, item) pairs as a boolean matrix."""
    rows = interactions["user_index"].to_numpy()
    columns = interactions["item_index"].to_numpy()
    matrix = sparse.csr_matrix((np.ones(rows.size, dtype=bool), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    return matrix
