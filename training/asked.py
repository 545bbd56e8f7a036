"""What some users are asked for in one task, and what a model's scores answer.

A catalogue has far more items than a user has met or bought, so rows of it are never copied.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from aisle.core.ranking import top_k
from training.metrics import CUTOFFS, auc, sample_negatives
from training.split import Truth

LONGEST = max(CUTOFFS)
SEED = 0


@dataclass(frozen=True)
class Asked:
    """Some users who have anything to find, and how a model scores all items for them."""

    truth: Truth
    users: np.ndarray  # indices
    places: np.ndarray  # of these users in the next two
    scores: np.ndarray  # of a batch: users x items
    deep: np.ndarray  # users x depth: the best items, -1 where there are fewer

    def ranked(self) -> np.ndarray:
        """Return the best candidates, users x LONGEST, -1 where there are fewer."""
        if self.truth.candidates is not None:
            return self._among(self.truth.candidates)
        if self.truth.seen is None:
            return self.deep[self.places, :LONGEST]
        return self._without(self.truth.seen)

    def found(self, ranked: np.ndarray) -> np.ndarray:
        """Return for each place of each list whether the item there was bought."""
        is_hit = np.zeros(ranked.shape, dtype=bool)
        is_relevant = np.zeros(self.scores.shape[1], dtype=bool)
        for row, user in enumerate(self.users):
            items = row_items(self.truth.relevant, user)
            is_relevant[items] = True
            is_hit[row] = is_relevant[ranked[row]] & (ranked[row] >= 0)
            is_relevant[items] = False
        return is_hit

    def auc(self) -> np.ndarray:
        """Return how often what was bought scores above a random candidate, per user."""
        pairs = zip(self.users, self.places, strict=True)
        return np.array([self._auc(int(user), self.scores[place]) for user, place in pairs])

    def _among(self, candidates: np.ndarray) -> np.ndarray:
        ranked = np.full((self.users.size, LONGEST), -1, dtype=np.intp)
        for row, place in enumerate(self.places):
            best = candidates[top_k(self.scores[place, candidates], LONGEST)]
            ranked[row, : best.size] = best
        return ranked

    def _without(self, seen: sparse.csr_matrix) -> np.ndarray:
        ranked = np.full((self.users.size, LONGEST), -1, dtype=np.intp)
        is_seen = np.zeros(self.scores.shape[1], dtype=bool)
        for row, (user, place) in enumerate(zip(self.users, self.places, strict=True)):
            met = row_items(seen, user)
            is_seen[met] = True
            deep = self.deep[place]
            new = deep[~is_seen[deep] & (deep >= 0)]
            is_seen[met] = False
            if new.size < LONGEST:
                scores = self.scores[place].copy()
                scores[met] = -np.inf
                new = top_k(scores, LONGEST)
            ranked[row, : min(new.size, LONGEST)] = new[:LONGEST]
        return ranked

    def _auc(self, user: int, scores: np.ndarray) -> float:
        relevant = row_items(self.truth.relevant, user)
        if self.truth.candidates is not None:
            scores = scores[self.truth.candidates]
            relevant = np.searchsorted(self.truth.candidates, relevant)
        excluded = relevant
        if self.truth.seen is not None:
            # Nothing to find was seen, so the two share no item.
            excluded = np.sort(np.concatenate([relevant, row_items(self.truth.seen, user)]))
        return auc(scores[relevant], scores[sample_negatives(scores.size, excluded, (SEED, user))])


def row_items(matrix: sparse.csr_matrix, user: int) -> np.ndarray:
    """Return the item indices stored for one user, in order: a sparse row costs far more."""
    items: np.ndarray = matrix.indices[matrix.indptr[user] : matrix.indptr[user + 1]]
    return items
