"""Recent popularity: everybody gets what was bought by most users lately."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import POPULAR
from training.models.catalogue import CatalogueRecommender
from training.models.history import recent_popularity


class RecentPopularity(CatalogueRecommender):
    """Scores an item by how many users bought it in the last `window_days`."""

    family = "popularity"

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return the same popularity row for every user."""
        return np.tile(self._popularity, (user_index.size, 1))

    def _learn(self, dataset: Dataset) -> None:
        self._popularity = recent_popularity(dataset, int(self.params["window_days"]))

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        return np.full(items.size, POPULAR, dtype=object)

    def _arrays(self) -> dict[str, Array]:
        return {"popularity": self._popularity}

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._popularity = arrays["popularity"]
