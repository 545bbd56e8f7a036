"""LightFM's scores of the active items, on one scale for all users."""

from dataclasses import dataclass

import numpy as np

from training.models.lightfm_fit import Vectors


@dataclass(frozen=True)
class PoolScores:
    """Scores with mean 0 and deviation 1 over the pool for each user; others get the lowest."""

    vectors: Vectors  # items: the pool's
    pool: np.ndarray  # item indices
    is_known: np.ndarray  # users about whom LightFM knows anything
    item_count: int

    def scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return users x all items; zero for a user LightFM knows nothing about."""
        return self._everywhere(self.in_pool(user_index))

    def in_pool(self, user_index: np.ndarray) -> np.ndarray:
        """Return users x pool; all other items have the lowest score of the user's row."""
        scores = standardised(self.vectors.scores(np.maximum(user_index, 0)))
        scores[(user_index < 0) | ~self.is_known[user_index]] = 0
        return scores

    def of_vector(self, vector: np.ndarray) -> np.ndarray:
        """Return the scores of all items for a user with this vector, on the same scale."""
        newcomer = Vectors(vector[None], self.vectors.items, self.vectors.item_biases)
        scores = standardised(newcomer.scores(np.zeros(1, dtype=int)))
        everywhere: np.ndarray = self._everywhere(scores)[0]
        return everywhere

    def _everywhere(self, scores: np.ndarray) -> np.ndarray:
        everywhere = np.repeat(scores.min(axis=1, keepdims=True), self.item_count, axis=1)
        everywhere[:, self.pool] = scores
        return everywhere


def standardised(scores: np.ndarray) -> np.ndarray:
    """Return each row with mean 0 and deviation 1."""
    scores = scores - scores.mean(axis=1, keepdims=True)
    scores /= np.maximum(scores.std(axis=1, keepdims=True), np.float32(1e-6))
    return scores
