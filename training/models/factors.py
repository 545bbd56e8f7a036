"""What factorisations share: a vector per user and item of the pool, multiplied."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.history import log_frequency
from training.models.pooled import PooledRecommender


@dataclass(frozen=True)
class Factors:
    """A user's score of an item is users[u] @ items[i]; float32, as many columns in both."""

    users: np.ndarray  # users x components
    items: np.ndarray  # pool x components


class FactorRecommender(PooledRecommender):
    """Factorises the decayed history of all users with the pool; a family says how.

    There are `components`, fewer where users or items are few.
    """

    def pool_scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return dot products, users x pool."""
        scores: np.ndarray = self.factors.users[user_index] @ self.factors.items.T
        return scores

    @abstractmethod
    def factorise(self, history: sparse.csr_matrix, components: int) -> Factors:
        """Return the factors of users x pool, whose values are log decayed frequencies."""

    def _learn_pool(self, dataset: Dataset) -> None:
        history = log_frequency(dataset, float(self.params["half_life_weeks"]))[:, self.pool]
        components = max(1, min(int(self.params["components"]), min(history.shape) - 1))
        self.factors = self.factorise(history, components)

    def _pool_arrays(self) -> dict[str, Array]:
        return {"user_factors": self.factors.users, "item_factors": self.factors.items}

    def _restore_pool(self, arrays: dict[str, Array]) -> None:
        self.factors = Factors(arrays["user_factors"], arrays["item_factors"])
