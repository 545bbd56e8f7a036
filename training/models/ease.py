"""EASE: an item is worth what a linear model of all other items in the history makes of it."""

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.ease_weights import ease_weights, restored_weights
from training.models.history import log_frequency
from training.models.pooled import PooledRecommender
from training.models.sparse_rows import matrix_arrays, matrix_from


class Ease(PooledRecommender):
    """Scores the pool by item weights in closed form, applied to a user's decayed history.

    The smaller of users and items is inverted, `largest_side` at most: where both are more, the
    pool is the items with most buyers.
    """

    family = "ease"

    def pool_scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return the regression's predictions, users x pool."""
        return self.weights.scores(self.history[user_index])

    def _learn_pool(self, dataset: Dataset) -> None:
        history = log_frequency(dataset, float(self.params["half_life_weeks"]))[:, self.pool]
        known = np.flatnonzero(np.diff(history.indptr))
        largest = int(self.params["largest_side"])
        if min(known.size, self.pool.size) > largest:
            history = self._narrowed(history, largest)
        self.weights = ease_weights(history[known], float(self.params["regularisation"]))
        self.history = history

    def _narrowed(self, history: sparse.csr_matrix, count: int) -> sparse.csr_matrix:
        """Return the history with the items most users bought, now the pool."""
        buyers = np.bincount(history.indices, minlength=history.shape[1])
        kept = np.sort(np.argsort(-buyers, kind="stable")[:count])
        self.pool = self.pool[kept]
        narrowed: sparse.csr_matrix = history[:, kept]
        self._is_known = np.diff(narrowed.indptr) > 0
        return narrowed

    def _pool_arrays(self) -> dict[str, Array]:
        return {**matrix_arrays("history", self.history), **self.weights.arrays()}

    def _restore_pool(self, arrays: dict[str, Array]) -> None:
        self.weights = restored_weights(arrays)
        self.history = matrix_from("history", arrays, (self.user_ids.size, self.pool.size))
