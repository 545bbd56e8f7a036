"""Cut one history in time: what was known before a cutoff, and what was bought after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.clock import next_full_hour
from aisle.core.errors import AisleError

Task = Literal["next", "discovery", "newcomers"]
TASKS: tuple[Task, ...] = ("next", "discovery")  # of users with history
NEWCOMERS: Task = "newcomers"
JUDGED: tuple[Task, ...] = (*TASKS, NEWCOMERS)
Shape = tuple[int, int]

TESTS = 3
LEAST_HISTORY = 8  # horizons between the first interaction and the end, four of them windows
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """History is everything before `cutoff`; truth runs from `cutoff` to just before `end`."""

    name: str
    cutoff: datetime
    end: datetime


@dataclass(frozen=True)
class Windows:
    """Choices are made on `validation`, rivals judged on `tests`, the winner refitted at `end`.

    All windows are equally long and follow one another, oldest first.
    """

    validation: Window
    tests: tuple[Window, ...]
    end: datetime

    @property
    def horizon(self) -> timedelta:
        """How long each window is."""
        return self.validation.end - self.validation.cutoff

    @property
    def cutoffs(self) -> dict[str, datetime]:
        """The moments features are wanted for, by name."""
        judged = {window.name: window.cutoff for window in (self.validation, *self.tests)}
        return {**judged, "end": self.end}


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


def windows(
    as_of: datetime, horizon_days: float, *, first_at: datetime | None = None, tests: int = TESTS
) -> Windows:
    """Return the windows ending at the first full hour after `as_of`.

    A shop that began at `first_at` gets windows no longer than `horizon_for` allows.
    """
    end = next_full_hour(as_of)
    horizon = timedelta(days=horizon_days)
    if first_at is not None:
        horizon = horizon_for(end - first_at, horizon)
    return adjacent_windows(end, horizon, tests)


def horizon_for(history: timedelta, wanted: timedelta) -> timedelta:
    """Return the wanted horizon, or an eighth of the history where that is shorter.

    Then four windows take the later half and every fit knows at least the earlier one. Rounded
    down to whole days, below a day to whole hours; never less than an hour.
    """
    longest = history / LEAST_HISTORY
    if wanted <= longest:
        return wanted
    step = DAY if longest >= DAY else HOUR
    return max(longest // step * step, HOUR)


def backtest_windows(cutoff: datetime, horizon: timedelta) -> Windows:
    """Return one test that starts at `cutoff`, and the validation window just before it."""
    return adjacent_windows(cutoff + horizon, horizon, tests=1)


def adjacent_windows(end: datetime, horizon: timedelta, tests: int) -> Windows:
    """Return a validation window and so many tests of one length, the last ending at `end`."""
    starts = [end - horizon * back for back in range(tests, 0, -1)]
    return Windows(
        validation=Window("validation", starts[0] - horizon, starts[0]),
        tests=tuple(
            Window(f"test_{number}", start, start + horizon)
            for number, start in enumerate(starts, start=1)
        ),
        end=end,
    )


def truth(interactions: pd.DataFrame, window: Window, task: Task, shape: Shape) -> Truth:
    """Return the distinct items each user bought in `window`.

    next: of users with history · discovery: of the same, only items new to them · newcomers: of
    users without any history.
    """
    if task not in JUDGED:
        raise AisleError(f"Unknown task {task!r}: choose one of {', '.join(JUDGED)}.")
    when = interactions["interacted_at"]
    seen = pairs(interactions[when < window.cutoff], shape)
    bought = pairs(interactions[(when >= window.cutoff) & (when < window.end)], shape)
    is_judged = (np.diff(seen.indptr) > 0) != (task == NEWCOMERS)
    bought = _only(bought, np.repeat(is_judged, np.diff(bought.indptr)))
    if task != "discovery":
        return Truth(task, bought, None)
    return Truth(task, sparse.csr_matrix(bought > seen), seen)  # bought and not seen


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
