"""Users' histories as sequences of steps; a step is what was bought at once, as a set of items."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.windows import horizon_for
from training.dataset import Dataset
from training.models.base import Params
from training.models.history import WEEK_SECONDS

DAY_SECONDS = 24 * 3600
GAPS = 12  # kinds of pauses between two steps: each twice as long as the one before


@dataclass(frozen=True)
class Histories:
    """All steps, user by user in time order. A step is a position in `seconds`."""

    items: np.ndarray  # positions in the pool, step by step
    starts: np.ndarray  # steps + 1: where the items of each step begin
    seconds: np.ndarray  # steps: when, since the first of all
    user_starts: np.ndarray  # users + 1: where the steps of each user begin
    stops: np.ndarray  # steps: the step after the last one that is foretold together with it
    first_target: float  # seconds: earlier steps are read but not foretold
    cutoff: float  # seconds: nothing is known from there on
    pool_size: int

    def gaps(self, steps: np.ndarray) -> np.ndarray:
        """Return the kind of pause before each step; 0 where a row's first step is, or no step."""
        seconds = np.append(self.seconds, 0)[steps]  # -1 is the added one
        pauses = np.zeros(steps.shape)
        follows = (steps[:, 1:] >= 0) & (steps[:, :-1] >= 0)
        pauses[:, 1:] = np.where(follows, np.diff(seconds, axis=1), 0)
        return kinds_of_gaps(pauses)

    def items_of(self, first: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return all items of the steps from `first` to before `stop`, and how many each has."""
        begin, counts = self.starts[first], self.starts[stop] - self.starts[first]
        offsets = np.cumsum(counts) - counts
        places = np.repeat(begin - offsets, counts) + np.arange(counts.sum())
        return self.items[places], counts

    def foretold(self, steps: np.ndarray) -> sparse.csr_matrix:
        """Return steps x pool: the items of each step and of what follows soon; rows sum to one."""
        items, counts = self.items_of(steps, self.stops[steps])
        values = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(counts)])
        shape = (steps.size, self.pool_size)
        return sparse.csr_matrix((values, items, starts), shape=shape)

    def latest(self, users: np.ndarray, length: int) -> np.ndarray:
        """Return users x length: their last steps, -1 before the first."""
        return _left_padded(self.user_starts[users], self.user_starts[users + 1], length)

    def lessons(self, length: int) -> np.ndarray:
        """Return lessons x (first, stop, first foretold): runs of up to `length` steps of a user.

        A run reads the steps first … stop - 1 and foretells first foretold … stop: each step that
        has a predecessor and is recent enough is foretold in one run, after at least half of
        `length` steps where there are as many.
        """
        runs = []
        stride = max(1, length // 2)
        for begin, end in zip(self.user_starts[:-1], self.user_starts[1:], strict=True):
            recent = np.searchsorted(self.seconds[begin:end], self.first_target)
            earliest, last = max(begin + 1, begin + recent), end - 1
            while last >= earliest:
                first = max(begin, last - length)
                foretold = earliest if first == begin else max(earliest, last - stride + 1)
                runs.append((first, last, foretold))
                last = foretold - 1
        return np.array(runs, dtype=np.int64).reshape(-1, 3)

    def read(self, lessons: np.ndarray, length: int) -> np.ndarray:
        """Return lessons x longest run: the steps to read, -1 before the first."""
        longest = int(min(length, (lessons[:, 1] - lessons[:, 0]).max(initial=1)))
        return _left_padded(lessons[:, 0], lessons[:, 1], longest)


def histories_of(dataset: Dataset, pool: np.ndarray, params: Params) -> Histories:
    """Return everybody's steps with items of the pool.

    What is foretold together spans `horizon_days`, less in a shop with a short history; what is
    older than `weeks` is read only.
    """
    rows = _rows(dataset, pool)
    is_first = (
        rows[["user", "seconds", "order"]]
        .ne(rows[["user", "seconds", "order"]].shift())
        .any(axis=1)
    )
    starts = np.flatnonzero(is_first)
    users, seconds = rows["user"].to_numpy()[starts], rows["seconds"].to_numpy()[starts]
    user_starts = np.searchsorted(users, np.arange(dataset.user_ids.size + 1))
    span = seconds.max(initial=0)
    cutoff = _seconds(dataset, pd.Series([dataset.cutoff])).item()
    horizon = _horizon_seconds(span, float(params["horizon_days"]))
    # One long line of time for all users, one after the other, further apart than any horizon.
    line = users * (2 * span + horizon + 1) + seconds
    stops = np.searchsorted(line, line + horizon)
    return Histories(
        items=rows["item"].to_numpy(),
        starts=np.append(starts, len(rows)),
        seconds=seconds,
        user_starts=user_starts,
        stops=np.maximum(stops, np.arange(1, starts.size + 1)),
        first_target=cutoff - float(params["weeks"]) * WEEK_SECONDS,
        cutoff=cutoff,
        pool_size=pool.size,
    )


def kinds_of_gaps(seconds: np.ndarray) -> np.ndarray:
    """Return the kinds of pauses of so many seconds."""
    kinds: np.ndarray = np.minimum(np.log2(1 + 2 * seconds / DAY_SECONDS), GAPS - 1)
    return kinds.astype(np.int64)


def most_bought(recent: Dataset, pool: np.ndarray, most: int) -> np.ndarray:
    """Return the `most` items of the pool with the most buyers, in order."""
    bought = recent.interactions[["user_index", "item_index"]].drop_duplicates()
    buyers = np.bincount(bought["item_index"], minlength=recent.item_ids.size)
    best = np.argsort(-buyers[pool], kind="stable")[:most]
    return np.sort(pool[best])


def _rows(dataset: Dataset, pool: np.ndarray) -> pd.DataFrame:
    """Return user, seconds, order and place in the pool of each interaction, step by step."""
    place = np.full(dataset.item_ids.size, -1)
    place[pool] = np.arange(pool.size)
    interactions = dataset.interactions
    rows = pd.DataFrame(
        {
            "user": interactions["user_index"].to_numpy(dtype=np.int64),
            "seconds": _seconds(dataset, interactions["interacted_at"]),
            "order": interactions["order_index"].to_numpy(dtype=np.int64),
            "item": place[interactions["item_index"]],
        }
    )
    rows = rows[rows["item"] >= 0].drop_duplicates()
    return rows.sort_values(["user", "seconds", "order", "item"], ignore_index=True)


def _seconds(dataset: Dataset, moments: pd.Series) -> np.ndarray:
    """Return moments in seconds since the first interaction."""
    since = moments - dataset.interactions["interacted_at"].min()
    seconds: np.ndarray = since.dt.total_seconds().fillna(0).to_numpy()
    return seconds


def _horizon_seconds(span: float, wanted_days: float) -> float:
    """Return the wanted horizon, or an eighth of the history as evaluation has it."""
    history = max(timedelta(seconds=span), timedelta(seconds=1))
    return horizon_for(history, timedelta(days=wanted_days)).total_seconds()


def _left_padded(first: np.ndarray, stop: np.ndarray, length: int) -> np.ndarray:
    """Return rows of the numbers up to before `stop`, -1 where they would precede `first`."""
    steps = stop[:, None] - np.arange(length, 0, -1)
    padded: np.ndarray = np.where(steps >= first[:, None], steps, -1)
    return padded
