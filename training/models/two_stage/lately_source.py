"""What people with such a history have bought of late, as a source of candidates."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from training.models.ridge import ridge_inverse
from training.models.two_stage.purchases import Purchases
from training.models.two_stage.sources import (
    MOST_TEACHERS,
    frequency,
    logged,
    unit_rows,
)

LATE_WEEKS = 6.0
LONGEST_SHARE = 0.25  # of the history that late weeks may take
HALF_LIFE = 13.0  # weeks
PENALTY = 8.0  # of histories of length one


@dataclass(frozen=True)
class Lately:
    """Ridge regression in its dual form, from what users had bought to what they bought since.

    With X the histories before the late weeks, rows of length one, and Y what was bought in them:
    a user with history q now gets q X' (XX' + λI)^-1 Y. EASE learns what is bought by the same
    people at any time, this what the same people went on to at this time of the year. Saunders,
    Gammerman, Vovk, Ridge Regression Learning Algorithm in Dual Variables, ICML 1998.
    """

    name: str
    depth: int
    query: sparse.csr_matrix  # users x items, rows of length one
    learned: sparse.csr_matrix  # teachers x items, X
    inverse: np.ndarray  # teachers x teachers: (XX' + λI)^-1
    bought: sparse.csr_matrix  # teachers x pool, Y

    @cached_property
    def pooled(self) -> sparse.csr_matrix:
        """Return pool x teachers."""
        return sparse.csr_matrix(self.bought.T)

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        weights = (self.query[users] @ self.learned.T).toarray() @ self.inverse
        scores: np.ndarray = np.asarray((self.pooled @ weights.T).T, dtype=np.float32)
        return scores


def lately_source(history: Purchases, pool: np.ndarray, depth: int) -> Lately:
    """Return the regression learned from the users who buy most."""
    weeks = min(LATE_WEEKS, history.weeks_of_history * LONGEST_SHARE)
    before = unit_rows(logged(frequency(history.before(weeks), HALF_LIFE)))
    teachers = np.sort(np.argsort(-np.diff(before.indptr), kind="stable")[:MOST_TEACHERS])
    learned = before[teachers]
    return Lately(
        name="lately",
        depth=depth,
        query=unit_rows(logged(frequency(history, HALF_LIFE))),
        learned=learned,
        inverse=ridge_inverse(learned, PENALTY),
        bought=_bought(history, weeks)[teachers][:, pool],
    )


def _bought(history: Purchases, weeks: float) -> sparse.csr_matrix:
    """Return users x items: one for what was bought in the last weeks."""
    pairs = history.bought(weeks, weeks)
    user, item = np.divmod(pairs, history.shape[1])
    ones = np.ones(pairs.size, dtype=np.float32)
    return sparse.csr_matrix((ones, (user, item)), shape=history.shape)
