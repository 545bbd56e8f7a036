"""Cut one history in time: what was known before a cutoff, and what was bought after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.clock import next_full_hour
from aisle.core.errors import AisleError

Task = Literal["next", "discovery"]
TASKS: tuple[Task, ...] = get_args(Task)
Shape = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """History is everything before `cutoff`; truth runs from `cutoff` to just before `end`."""

    name: str
    cutoff: datetime
    end: datetime


@dataclass(frozen=True)
class Windows:
    """Choices are made on `validation`, rivals judged on `test`, the winner refitted at `end`."""

    validation: Window
    test: Window
    end: datetime

    @property
    def cutoffs(self) -> dict[str, datetime]:
        """The three moments features are wanted for, by name."""
        return {"validation": self.validation.cutoff, "test": self.test.cutoff, "end": self.end}


@dataclass(frozen=True)
class Truth:
    """What each user did buy after the cutoff; `seen` items are no candidates (discovery only)."""

    task: Task
    relevant: sparse.csr_matrix  # users x items, bool
    seen: sparse.csr_matrix | None  # users x items, bool

    @property
    def users(self) -> np.ndarray:
        """Indices of the users with anything to find, in order."""
        return np.flatnonzero(np.diff(self.relevant.indptr))


def windows(as_of: datetime, horizon_days: int) -> Windows:
    """Return the windows ending at the first full hour at or after `as_of`."""
    end = next_full_hour(as_of)
    test_cutoff = end - timedelta(days=horizon_days)
    validation_cutoff = test_cutoff - timedelta(days=horizon_days)
    return Windows(
        validation=Window("validation", validation_cutoff, test_cutoff),
        test=Window("test", test_cutoff, end),
        end=end,
    )


def truth(interactions: pd.DataFrame, window: Window, task: Task, shape: Shape) -> Truth:
    """Return the distinct items each user bought in `window`; for discovery only the new ones.

    Users without any history are left out: how newcomers are served is another question.
    """
    if task not in TASKS:
        raise AisleError(f"Unknown task {task!r}: choose one of {', '.join(TASKS)}.")
    when = interactions["interacted_at"]
    seen = pairs(interactions[when < window.cutoff], shape)
    bought = pairs(interactions[(when >= window.cutoff) & (when < window.end)], shape)
    has_history = np.diff(seen.indptr) > 0
    bought = _only(bought, np.repeat(has_history, np.diff(bought.indptr)))
    if task == "next":
        return Truth(task, bought, None)
    is_old = np.asarray(seen[bought.nonzero()]).ravel()
    return Truth(task, _only(bought, ~is_old), seen)


def _only(matrix: sparse.csr_matrix, is_kept: np.ndarray) -> sparse.csr_matrix:
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
