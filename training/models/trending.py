"""Trending: everybody gets what is bought more than it used to be, and by many."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aisle.core.artifact import Array
from aisle.core.ranking import top_k
from training.dataset import Dataset
from training.metrics import ndcg
from training.models.base import POPULAR, CurvePoint, Params
from training.models.catalogue import CatalogueRecommender
from training.models.history import decayed_frequency
from training.split import Task, Truth

K = 10


class Trending(CatalogueRecommender):
    """Scores log recent baskets + weight x log lift, both by exponential decay.

    The lift is the rate of baskets a week with `half_life_weeks` divided by the one with
    `long_half_life_weeks`, each with `smoothing` baskets a week added: few purchases make no trend.
    Validation chooses the weight among `lift_weights`.
    """

    family = "trending"

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return the weight of the lift whose list served most users best, and the curve."""
        weights = [float(weight) for weight in params["lift_weights"]]
        relevant = truths["next"].relevant
        users, values = truths["next"].users, []
        for weight in weights:
            best = top_k(trend_scores(dataset, params, weight), K)
            found = relevant[users][:, best].toarray()
            counts = np.diff(relevant.indptr)[users]
            values.append(float(ndcg(found, counts, K).mean()) if users.size else 0.0)
        curves = [
            CurvePoint(f"validation_next_ndcg_at_{K}", step, value)
            for step, value in enumerate(values)
        ]
        return {"lift_weight": weights[int(np.argmax(values))]}, curves

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return the same row for every user."""
        return np.tile(self._scores, (user_index.size, 1))

    def _learn(self, dataset: Dataset) -> None:
        weights = self.params["lift_weights"]
        weight = float(self.params.get("chosen", {}).get("lift_weight", weights[0]))
        self._scores = trend_scores(dataset, self.params, weight)

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        return np.full(items.size, POPULAR, dtype=object)

    def _arrays(self) -> dict[str, Array]:
        return {"scores": self._scores}

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._scores = arrays["scores"]


def trend_scores(dataset: Dataset, params: Params, weight: float) -> np.ndarray:
    """Return log recent baskets + weight x log lift of every item, float32."""
    short_weeks = float(params["half_life_weeks"])
    long_weeks = float(params["long_half_life_weeks"])
    short, long = (_weekly_rate(dataset, weeks) for weeks in (short_weeks, long_weeks))
    smoothing = float(params["smoothing"])
    lift = np.log((short + smoothing) / (long + smoothing))
    return np.asarray(np.log1p(short + long / (1 + long)) + weight * lift, dtype=np.float32)


def _weekly_rate(dataset: Dataset, half_life_weeks: float) -> np.ndarray:
    """Return each item's decayed baskets, divided by the weeks that the decay lets count."""
    baskets = np.asarray(decayed_frequency(dataset, half_life_weeks).sum(axis=0)).ravel()
    rate: np.ndarray = baskets * np.log(2) / half_life_weeks
    return rate
