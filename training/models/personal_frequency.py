"""Personal frequency: what a user buys often and lately, filled up with what is popular."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import PERSONAL, POPULAR
from training.models.catalogue import CatalogueRecommender
from training.models.history import decayed_frequency, recent_popularity
from training.models.sparse_rows import is_stored, known_rows, matrix_arrays, matrix_from

TIE_BREAKER = np.float32(1e-4)  # equal frequencies, such as one basket's, go by popularity


class PersonalFrequency(CatalogueRecommender):
    """Own items score 1 + decayed frequency, all others their popularity scaled to below 1."""

    family = "personal_frequency"

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return own frequency above everything else, then popularity."""
        scores = np.tile(self._popularity, (user_index.size, 1))
        for place, items, frequency in known_rows(self._own, user_index):
            scores[place, items] = 1 + frequency + TIE_BREAKER * self._popularity[items]
        return scores

    def _learn(self, dataset: Dataset) -> None:
        popularity = recent_popularity(dataset, int(self.params["window_days"]))
        self._popularity = popularity / np.float32(1 + popularity.max(initial=0))
        self._own = decayed_frequency(dataset, float(self.params["half_life_weeks"]))

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        owned = is_stored(self._own, user, items)
        return np.where(owned, PERSONAL, POPULAR).astype(object)

    def _arrays(self) -> dict[str, Array]:
        return {"popularity": self._popularity, **matrix_arrays("own", self._own)}

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._popularity = arrays["popularity"]
        self._own = matrix_from("own", arrays, (self.user_ids.size, self.item_ids.size))
