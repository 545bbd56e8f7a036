"""Hybrid blend: LightFM finds new items, own purchases bring back old ones, popularity fills up."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import HYBRID, PERSONAL, POPULAR, CurvePoint, Params
from training.models.blend_candidates import candidate_table
from training.models.blend_sources import blend_sources
from training.models.catalogue import CatalogueRecommender
from training.models.early_stopping import choose_epochs, judged_sample
from training.models.fold_in import Features, FoldIn
from training.models.kept_embeddings import CHOICE
from training.models.leading import Leading
from training.models.lightfm_fit import Embeddings, Vectors
from training.models.lightfm_inputs import lightfm_inputs, planned_columns
from training.models.newcomers.choice import choose_extra
from training.models.newcomers.hidden import folded_in
from training.models.occasion import NEWCOMERS, stated_or_chosen
from training.models.pool_scores import PoolScores
from training.models.sparse_rows import is_stored, known_rows, matrix_arrays, matrix_from
from training.models.warm_start import WarmFit, fitted
from training.models.weights import search_weights
from training.split import Task, Truth

NEWCOMER_WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.4)  # of LightFM beside popularity by segment


class HybridBlend(CatalogueRecommender):
    """Adds LightFM's scores per user, a bonus for own items and log popularity, all weighted."""

    family = "blend"
    newcomer_source: ClassVar[str] = HYBRID
    starts_warm = True

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return LightFM's epochs and the weights that rank best after `dataset`, and curves."""
        inputs = lightfm_inputs(dataset, params)
        folds_in: list[FoldIn] = []
        fit = WarmFit(CHOICE, cls.family, dataset, inputs, params)

        def note(embeddings: Embeddings) -> None:
            folds_in.append(embeddings.fold_in(inputs))
            fit.note(embeddings)

        judged = judged_sample(dataset, truths, params)
        epochs, vectors, epoch_curves = choose_epochs(
            inputs, params, judged, threads=threads, start=fit.start(), keep=note
        )
        fit.keep()
        sources = blend_sources(dataset, inputs, vectors, params)
        table = candidate_table(sources, judged["next"].users, truths, params)
        weights, weight_curves = search_weights(table, params["start_weights"])
        chosen: dict[str, Any] = {"epochs": epochs, "weights": weights, **fit.chosen}
        welcome = stated_or_chosen(params, NEWCOMERS)
        if welcome and folds_in:
            extra = folded_in(dataset, folds_in[-1], sources.hybrid)
            chosen["newcomer_hybrid"] = choose_extra(
                dataset, truths["next"], welcome, extra, NEWCOMER_WEIGHTS
            )
        return chosen, epoch_curves + weight_curves

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the columns that LightFM's features are made of."""
        return planned_columns(features, params)

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return the weighted sum of all sources; a user nobody knows has popularity only."""
        scores = self._hybrid.scores(user_index)
        scores *= self._hybrid_weight  # in place: users x items is the size of a cache many times
        scores += self._popularity
        for place, items, bonus in known_rows(self._own, user_index):
            scores[place, items] += bonus
        return scores

    def leading(self, user_index: np.ndarray) -> Iterator[Leading]:
        """Yield the pool and what the user owns: all else has LightFM's lowest, and popularity."""
        pool, popularity = self._hybrid.pool, self._popularity
        outside = np.ones(popularity.size, dtype=bool)
        outside[pool] = False
        most_popular = popularity[outside].max(initial=-np.inf)
        in_pool = self._hybrid.in_pool(user_index)
        lowest = in_pool.min(axis=1) * self._hybrid_weight
        in_pool *= self._hybrid_weight
        in_pool += popularity[pool]
        for place, items, bonus in known_rows(self._own, user_index):
            in_pool[place, np.searchsorted(pool, items[~outside[items]])] += bonus[~outside[items]]
            own, more = items[outside[items]], bonus[outside[items]]
            at = np.searchsorted(pool, own)
            scores = np.insert(in_pool[place], at, lowest[place] + popularity[own] + more)
            yield Leading(np.insert(pool, at, own), scores, lowest[place] + most_popular)

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users LightFM has a vector of, or who have bought before."""
        has_own = np.diff(self._own.indptr)[user_index] > 0
        known: np.ndarray = (user_index >= 0) & (self._hybrid.is_known[user_index] | has_own)
        return known

    def score_newcomer(self, features: Features) -> np.ndarray | None:
        """Return the weighted sum for a vector made of features alone, without own purchases."""
        vector, popular = self._fold_in.vector(features), super().score_newcomer(features)
        if vector is None:
            return popular
        hybrid: np.ndarray = self._hybrid.of_vector(vector)
        if popular is not None:
            return popular + self._newcomer_weight * hybrid
        return self._hybrid_weight * hybrid + self._popularity

    def beside_segments(self, user_index: np.ndarray) -> np.ndarray:
        """Return what LightFM says of users without history, by their features."""
        hybrid: np.ndarray = self._newcomer_weight * self._hybrid.scores(user_index)
        return hybrid

    @property
    def _newcomer_weight(self) -> np.float32:
        return np.float32(self.params.get("chosen", {}).get("newcomer_hybrid", 0))

    def _learn(self, dataset: Dataset) -> None:
        inputs = lightfm_inputs(dataset, self.params)
        embeddings = fitted(self.family, dataset, inputs, self.params, threads=self.threads)
        self._fold_in = embeddings.fold_in(inputs)
        vectors = embeddings.vectors(inputs.user_rows, inputs.pool_rows)
        sources = blend_sources(dataset, inputs, vectors, self.params)
        weights = self._weights()
        self._hybrid = sources.hybrid
        self._hybrid_weight = np.float32(weights["hybrid"])
        self._popularity = np.float32(weights["popularity"]) * sources.popularity
        self._own = sources.repeat["own_long"].copy()
        self._own.data = sum(
            np.float32(weights[name]) * matrix.data for name, matrix in sources.repeat.items()
        )

    def _weights(self) -> Mapping[str, float]:
        """Return the chosen weights, or those the search would start from."""
        weights: Mapping[str, float] = self.params.get("chosen", {}).get(
            "weights", self.params["start_weights"]
        )
        return weights

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        other = HYBRID if self._hybrid.is_known[user] else POPULAR
        return np.where(is_stored(self._own, user, items), PERSONAL, other).astype(object)

    def _arrays(self) -> dict[str, Array]:
        return {
            "user_vectors": self._hybrid.vectors.users,
            "pool_vectors": self._hybrid.vectors.items,
            "pool_biases": self._hybrid.vectors.item_biases,
            "pool": self._hybrid.pool,
            "is_known": self._hybrid.is_known,
            "hybrid_weight": np.array(self._hybrid_weight),
            "popularity": self._popularity,
            **matrix_arrays("own", self._own),
            **self._fold_in.arrays(),
        }

    def _document(self) -> dict[str, Any]:
        return self._fold_in.document()

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._fold_in = FoldIn.restored(document, arrays)
        vectors = Vectors(arrays["user_vectors"], arrays["pool_vectors"], arrays["pool_biases"])
        self._hybrid = PoolScores(vectors, arrays["pool"], arrays["is_known"], self.item_ids.size)
        self._hybrid_weight = np.float32(arrays["hybrid_weight"])
        self._popularity = arrays["popularity"]
        self._own = matrix_from("own", arrays, (self.user_ids.size, self.item_ids.size))
