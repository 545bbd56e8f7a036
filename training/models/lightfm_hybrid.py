"""LightFM hybrid: users and items meet as sums of the vectors of their identity and features."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import HYBRID, POPULAR, CurvePoint, Params
from training.models.catalogue import CatalogueRecommender
from training.models.early_stopping import choose_epochs, judged_sample
from training.models.fold_in import Features, FoldIn
from training.models.history import recent_popularity
from training.models.kept_embeddings import CHOICE
from training.models.lightfm_fit import Vectors
from training.models.lightfm_inputs import LightFMInputs, lightfm_inputs, planned_columns
from training.models.warm_start import WarmFit, fitted
from training.split import Task, Truth

# Items without recent buyers are known by their features only. Their order is kept, but below the
# active items: features alone put forgotten items above everyday ones.
INACTIVE_PENALTY = np.float32(100)


class LightFMHybrid(CatalogueRecommender):
    """Scores by dot product; users about whom nothing is known get recent popularity."""

    family = "lightfm_hybrid"
    source: ClassVar[str] = HYBRID
    newcomer_source: ClassVar[str] = HYBRID
    starts_warm = True

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return the number of epochs that ranks best after `dataset`, and the curves."""
        inputs = cls._inputs(dataset, params)
        fit = WarmFit(CHOICE, cls.family, dataset, inputs, params)
        judged = judged_sample(dataset, truths, params)
        epochs, _, curves = choose_epochs(
            inputs, params, judged, threads=threads, start=fit.start(), keep=fit.note
        )
        fit.keep()
        return {"epochs": epochs, **fit.chosen}, curves

    @classmethod
    def _inputs(cls, dataset: Dataset, params: Params) -> LightFMInputs:
        """Return what LightFM is fitted on: identities beside features."""
        return lightfm_inputs(dataset, params)

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the columns that LightFM's features are made of."""
        return planned_columns(features, params)

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return dot products; popularity where nothing is known."""
        scores = self._vectors.scores(np.maximum(user_index, 0))
        scores[~self.knows(user_index)] = self._popularity
        return scores

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users have a vector."""
        known: np.ndarray = (user_index >= 0) & self._is_known[user_index]
        return known

    def score_newcomer(self, features: Features) -> np.ndarray | None:
        """Return the dot products of a vector made of features alone."""
        vector = self._fold_in.vector(features)
        if vector is None:
            return None
        newcomer = Vectors(vector[None], self._vectors.items, self._vectors.item_biases)
        scores: np.ndarray = newcomer.scores(np.zeros(1, dtype=int))[0]
        return scores

    def _learn(self, dataset: Dataset) -> None:
        inputs = self._inputs(dataset, self.params)
        embeddings = fitted(self.family, dataset, inputs, self.params, threads=self.threads)
        self._fold_in = embeddings.fold_in(inputs)
        self._vectors = embeddings.vectors(inputs.user_rows, inputs.item_rows)
        is_inactive = np.ones(dataset.item_ids.size, dtype=bool)
        is_inactive[inputs.pool] = False
        self._vectors.item_biases[is_inactive] -= INACTIVE_PENALTY
        self._is_known = np.diff(inputs.user_rows.indptr) > 0
        self._popularity = recent_popularity(dataset, int(self.params["window_days"]))

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        source = self.source if self._is_known[user] else POPULAR
        return np.full(items.size, source, dtype=object)

    def _arrays(self) -> dict[str, Array]:
        return {
            "user_vectors": self._vectors.users,
            "item_vectors": self._vectors.items,
            "item_biases": self._vectors.item_biases,
            "is_known": self._is_known,
            "popularity": self._popularity,
            **self._fold_in.arrays(),
        }

    def _document(self) -> dict[str, Any]:
        return self._fold_in.document()

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._fold_in = FoldIn.restored(document, arrays)
        self._vectors = Vectors(
            arrays["user_vectors"], arrays["item_vectors"], arrays["item_biases"]
        )
        self._is_known = arrays["is_known"]
        self._popularity = arrays["popularity"]
