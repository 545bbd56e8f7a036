"""What rivals share that score a pool of items for users with history: all else by popularity."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from aisle.core.artifact import Array
from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.base import COLLABORATIVE, POPULAR, CurvePoint, Params
from training.models.catalogue import CatalogueRecommender
from training.models.early_stopping import sample_users
from training.models.history import recent_popularity
from training.models.leading import Leading
from training.models.lightfm_inputs import active_items
from training.split import Task, Truth

K = 10
TASK_OF_WEIGHTS: Task = "discovery"  # popularity is added for the sake of items new to a user


class PooledRecommender(CatalogueRecommender):
    """Ranks a pool of items for each user by a family's scores, other items below them.

    Parameters all these families have: `min_users` that bought an item of the pool (less in a small
    shop), `window_days` of popularity; if wanted, `popularity_weights`, of which validation chooses
    one that log popularity is added with.
    """

    source: ClassVar[str] = COLLABORATIVE

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return how much log popularity counts, where params leave that to be chosen."""
        if "popularity_weights" not in params:
            return {}, []
        model = cls(params, threads=threads).fit(dataset)
        weights = [float(weight) for weight in params["popularity_weights"]]
        truth = truths[TASK_OF_WEIGHTS]
        users = sample_users(dataset, truth, int(params["validation_users"]))
        values = model._discovery_by_weight(weights, truth, users)
        curves = [
            CurvePoint(f"validation_{TASK_OF_WEIGHTS}_ndcg_at_{K}", step, value)
            for step, value in enumerate(values)
        ]
        return {"popularity_weight": weights[int(np.argmax(values))]}, curves

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return the family's scores, other items below by popularity; that alone for strangers."""
        scores = np.tile(self._popularity, (user_index.size, 1))
        known = np.flatnonzero(self.knows(user_index))
        if known.size:
            scores[known] = self._everywhere(self._popular_pool_scores(user_index[known]))
        return scores

    def leading(self, user_index: np.ndarray) -> Iterator[Leading]:
        """Yield the items of the pool: all others are below the lowest of them."""
        in_pool = self._popular_pool_scores(user_index)
        below = self._popularity / (1 + self._popularity.max(initial=0)) - 1
        others = in_pool.min(axis=1, initial=np.inf) + below.max(initial=-np.inf)
        for scores, most in zip(in_pool, others, strict=True):
            yield Leading(self.pool, scores, most)

    def _popular_pool_scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return scores of known users x `pool`, popularity added as validation chose."""
        in_pool = self.pool_scores(user_index)
        if self._popularity_weight:
            in_pool += self._popularity_weight * np.log1p(self._popularity[self.pool])
        return in_pool

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users have a history with items of the pool."""
        known: np.ndarray = (user_index >= 0) & self._is_known[user_index]
        return known

    @property
    def _popularity_weight(self) -> np.float32:
        return np.float32(self.params.get("chosen", {}).get("popularity_weight", 0))

    @abstractmethod
    def pool_scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return float32 scores, known users x `pool`, as a new array."""

    @abstractmethod
    def _learn_pool(self, dataset: Dataset) -> None:
        """Fit; `pool` is set."""

    def _learn(self, dataset: Dataset) -> None:
        self._popularity = recent_popularity(dataset, int(self.params["window_days"]))
        self.pool = self._pool(dataset)
        in_pool = np.zeros(dataset.item_ids.size, dtype=bool)
        in_pool[self.pool] = True
        interactions = dataset.interactions
        users = interactions["user_index"].to_numpy()[in_pool[interactions["item_index"]]]
        self._is_known = np.bincount(users, minlength=dataset.user_ids.size) > 0
        self._learn_pool(dataset)

    def _pool(self, dataset: Dataset) -> np.ndarray:
        """Return the indices of the items that the family scores, in order."""
        return active_items(dataset, int(self.params["min_users"]))

    def _everywhere(self, in_pool: np.ndarray) -> np.ndarray:
        """Return scores of all items: those outside the pool lie below it."""
        below = self._popularity / (1 + self._popularity.max(initial=0)) - 1
        scores = in_pool.min(axis=1, initial=np.inf, keepdims=True) + below
        scores[:, self.pool] = in_pool
        everywhere: np.ndarray = scores.astype(np.float32, copy=False)
        return everywhere

    def _discovery_by_weight(
        self, weights: list[float], truth: Truth, users: np.ndarray
    ) -> list[float]:
        """Return these users' NDCG@10 of new items for each weight of popularity."""
        users = users[self.knows(users)]
        if users.size == 0 or truth.seen is None:
            return [0.0] * len(weights)
        relevant = truth.relevant[users]
        own = self.pool_scores(users)
        own[truth.seen[users][:, self.pool].nonzero()] = -np.inf
        popularity = np.log1p(self._popularity[self.pool])
        is_relevant = relevant[:, self.pool].toarray()
        counts = np.diff(relevant.indptr)
        return [
            float(
                ndcg(
                    hits(top_k_rows(own + np.float32(weight) * popularity, K), is_relevant),
                    counts,
                    K,
                ).mean()
            )
            for weight in weights
        ]

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        source = self.source if self._is_known[user] else POPULAR
        return np.full(items.size, source, dtype=object)

    def _arrays(self) -> dict[str, Array]:
        return {
            "pool": self.pool,
            "is_known": self._is_known,
            "popularity": self._popularity,
            **self._pool_arrays(),
        }

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self.pool = arrays["pool"]
        self._is_known = arrays["is_known"]
        self._popularity = arrays["popularity"]
        self._restore_pool(arrays)

    @abstractmethod
    def _pool_arrays(self) -> dict[str, Array]:
        """Return what was learned of the pool, as arrays by name."""

    @abstractmethod
    def _restore_pool(self, arrays: dict[str, Array]) -> None:
        """Take back what `_pool_arrays` gave; `pool` and ids are there."""
