"""Content affinity: items like those a user buys, by what the catalogue tells and shows of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from aisle.core.artifact import Array
from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.base import CONTENT, POPULAR, CurvePoint, Params
from training.models.catalogue import CatalogueRecommender
from training.models.content.affinity import Affinities, affinities
from training.models.content.choice import choose_terms
from training.models.content.keys import told_columns
from training.models.content.terms import Terms, stated_terms, term_documents
from training.models.early_stopping import sample_users
from training.models.history import recent_popularity
from training.split import Task, Truth

K = 10
POPULARITY_WEIGHTS = (0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
POPULARITY_USERS = 150


class ContentAffinity(CatalogueRecommender):
    """Adds a user's liking for what an item is and its log popularity; needs no buyer of it."""

    family = "content_affinity"

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return the terms that rank hidden items best, the weight of popularity, and the curve."""
        columns = told_columns(dataset.item_features)
        terms, curve = choose_terms(dataset, columns, truths, params)
        parts = affinities(dataset, columns, terms, float(params["half_life_weeks"]))
        popularity = np.log1p(recent_popularity(dataset, int(params["window_days"])))
        weight = _choose_popularity(dataset, parts, popularity, truths["discovery"])
        chosen = {
            "terms": term_documents(terms),
            "popularity": weight,
        }
        points = [
            CurvePoint(f"validation_cold_items_ndcg_at_{K}", step, value)
            for step, value in enumerate(curve, start=1)
        ]
        return chosen, points

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the columns that keys are made of."""
        names = (name.split(".")[0] for name in told_columns(features))
        return [name for name in dict.fromkeys(names) if name in features]

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return liking plus log popularity; popularity alone for who bought nothing."""
        scores: np.ndarray = self._parts.scores(user_index)
        scores += self._weight * self._popularity
        scores[~self.knows(user_index)] = self._popularity
        return scores

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users have bought anything."""
        known: np.ndarray = (user_index >= 0) & self._is_known[user_index]
        return known

    def _learn(self, dataset: Dataset) -> None:
        columns = told_columns(dataset.item_features)
        chosen = self.params.get("chosen", {})
        terms: Terms = [((name,), 1.0) for name in columns]
        if "terms" in chosen:
            terms = stated_terms(chosen["terms"])
        half_life = float(self.params["half_life_weeks"])
        self._parts = affinities(dataset, columns, terms, half_life)
        self._weight = np.float32(chosen.get("popularity", self.params["popularity"]))
        self._popularity = np.log1p(recent_popularity(dataset, int(self.params["window_days"])))
        self._is_known = np.bincount(
            dataset.interactions["user_index"], minlength=dataset.user_ids.size
        ).astype(bool)

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        liked = self._parts.scores(np.array([user]), items)[0] > 0
        return np.where(liked, CONTENT, POPULAR).astype(object)

    def _arrays(self) -> dict[str, Array]:
        return {
            "weight": np.array(self._weight),
            "popularity": self._popularity,
            "is_known": self._is_known,
            **self._parts.arrays(),
        }

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._weight = np.float32(arrays["weight"])
        self._popularity = arrays["popularity"]
        self._is_known = arrays["is_known"]
        self._parts = Affinities.restored(arrays, self.user_ids.size)


def _choose_popularity(
    dataset: Dataset, parts: Affinities, popularity: np.ndarray, truth: Truth
) -> float:
    """Return the weight of log popularity with which new things are found best."""
    users = sample_users(dataset, truth, POPULARITY_USERS)
    if users.size == 0 or truth.seen is None:
        return POPULARITY_WEIGHTS[-1]
    liked, relevant = parts.scores(users), truth.relevant[users]
    for row, user in zip(liked, users, strict=True):
        row[truth.seen[user].indices] = -np.inf
    is_relevant, counts = relevant.toarray().astype(bool), np.diff(relevant.indptr)
    quality = [
        ndcg(
            hits(top_k_rows(liked + np.float32(weight) * popularity, K), is_relevant), counts, K
        ).mean()
        for weight in POPULARITY_WEIGHTS
    ]
    return POPULARITY_WEIGHTS[int(np.argmax(quality))]
