"""The last steps of each user, kept with a model so that a visit can be appended to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.models.neural.histories import Histories, kinds_of_gaps

NAMES = ("items", "starts", "user_starts", "gaps", "before_visit")


@dataclass(frozen=True)
class Rows:
    """Users x length steps, the last one at the end: what a network reads."""

    vectors: np.ndarray  # users x length x components: the mean of each step's items
    is_step: np.ndarray  # users x length
    gaps: np.ndarray  # users x length: kind of pause before each step


@dataclass(frozen=True)
class KeptSteps:
    """The last steps of each user, one user after the other."""

    items: np.ndarray  # positions in the pool, step by step
    starts: np.ndarray  # steps + 1: where the items of each step begin
    user_starts: np.ndarray  # users + 1: where the steps of each user begin
    gaps: np.ndarray  # steps: kind of pause before each; 0 for a user's first
    before_visit: np.ndarray  # users: kind of pause from the last step to the cutoff

    @classmethod
    def of(cls, histories: Histories, length: int) -> "KeptSteps":
        """Return at most `length` steps of each user; a visit counts as one at the cutoff."""
        bounds = histories.user_starts
        latest = histories.latest(np.arange(bounds.size - 1), length)
        is_step = latest >= 0
        steps = latest[is_step]
        items, counts = histories.items_of(steps, steps + 1)
        has_steps = np.diff(bounds) > 0
        since = np.zeros(has_steps.size)
        since[has_steps] = histories.cutoff - histories.seconds[bounds[1:][has_steps] - 1]
        return cls(
            items=items.astype(np.uint16 if histories.pool_size <= 2**16 else np.int32),
            starts=np.concatenate([[0], np.cumsum(counts)]),
            user_starts=np.concatenate([[0], np.cumsum(is_step.sum(axis=1))]),
            gaps=histories.gaps(latest)[is_step].astype(np.int8),
            before_visit=kinds_of_gaps(since).astype(np.int8),
        )

    @cached_property  # looks at everybody's steps, and every request asks
    def is_single(self) -> bool:
        """Whether a step is one item, as a click is, and no basket of several."""
        return bool(self.starts.size < 2 or np.median(np.diff(self.starts)) <= 1)

    def rows(
        self, user_index: np.ndarray, visit: np.ndarray, item_vectors: np.ndarray, length: int
    ) -> Rows:
        """Return what a network reads of some users, a visit appended.

        user_index: -1 is a user nobody knows · visit: positions in the pool, the oldest first: one
        step, or one each where steps are of one item.
        """
        parts = np.split(visit, visit.size) if self.is_single and visit.size else [visit]
        added = [part for part in parts if part.size][-length:]
        first = length - len(added)
        shape = (user_index.size, length)
        vectors = np.zeros((*shape, item_vectors.shape[1]), dtype=np.float32)
        is_step, gaps = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
        is_step[:, first:] = True
        for place, part in enumerate(added, start=first):
            vectors[:, place] = item_vectors[part].mean(axis=0)
        for row, user in enumerate(user_index):
            stop = int(self.user_starts[user + 1]) if user >= 0 else 0
            begin = max(int(self.user_starts[user]), stop - first) if user >= 0 else 0
            if stop > begin:
                own = slice(first - (stop - begin), first)
                vectors[row, own] = self._means(begin, stop, item_vectors)
                is_step[row, own] = True
                gaps[row, own] = self.gaps[begin:stop]
                gaps[row, own.start] = 0
                if added:
                    gaps[row, first] = self.before_visit[user]
        return Rows(vectors, is_step, gaps)

    def _means(self, begin: int, stop: int, item_vectors: np.ndarray) -> np.ndarray:
        """Return the mean vector of each of some steps, steps x components."""
        bounds = self.starts[begin : stop + 1]
        items, counts = self.items[bounds[0] : bounds[-1]], np.diff(bounds)
        share = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
        weights = sparse.csr_matrix(
            (share, items.astype(np.int64), bounds - bounds[0]),
            shape=(counts.size, item_vectors.shape[0]),
        )
        means: np.ndarray = weights @ item_vectors
        return means

    def arrays(self) -> dict[str, Array]:
        """Return all parts by name."""
        return {f"steps_{name}": getattr(self, name) for name in NAMES}

    @classmethod
    def restored(cls, arrays: Mapping[str, Array]) -> "KeptSteps":
        """Return what `arrays` gave."""
        return cls(*(arrays[f"steps_{name}"] for name in NAMES))
