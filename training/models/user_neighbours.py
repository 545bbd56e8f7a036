"""What user-based rivals share: a user's scores are a weighted sum of some users' item vectors."""

from abc import abstractmethod

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.pooled import PooledRecommender
from training.models.sparse_rows import matrix_arrays, matrix_from

BATCH_USERS = 256


class UserNeighbours(PooledRecommender):
    """Keeps users x users weights, a few per user, and users x pool item vectors."""

    def pool_scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return the weighted sums; what none of these users bought is below, by popularity."""
        scores = (self.weights[user_index] @ self.vectors).toarray()
        popularity = self._popularity[self.pool]
        nothing = popularity / (1 + popularity.max(initial=0)) - 1
        filled: np.ndarray = np.where(scores > 0, scores, nothing).astype(np.float32, copy=False)
        return filled

    @abstractmethod
    def user_vectors(self, dataset: Dataset) -> sparse.csr_matrix:
        """Return users x all items: what each user's baskets say of an item."""

    @abstractmethod
    def user_weights(self, dataset: Dataset, vectors: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return users x users: whose vectors count how much for a user; `vectors` of the pool."""

    def _learn_pool(self, dataset: Dataset) -> None:
        self.vectors = self.user_vectors(dataset)[:, self.pool]
        self.weights = self.user_weights(dataset, self.vectors)

    def _pool_arrays(self) -> dict[str, Array]:
        return {
            **matrix_arrays("vectors", self.vectors),
            **matrix_arrays("weights", self.weights),
        }

    def _restore_pool(self, arrays: dict[str, Array]) -> None:
        users = self.user_ids.size
        self.vectors = matrix_from("vectors", arrays, (users, self.pool.size))
        self.weights = matrix_from("weights", arrays, (users, users))


def nearest(likeness: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of the `count` highest finite values of each row; -1 pads.

    `likeness`: rows x users, minus infinity for who is no neighbour.
    """
    count = min(count, likeness.shape[1])
    best = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
    is_any = np.isfinite(np.take_along_axis(likeness, best, axis=1))
    return np.where(is_any, best, -1)
