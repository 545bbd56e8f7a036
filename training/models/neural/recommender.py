"""What all families fitted with PyTorch share: epochs by early stopping, answers from arrays."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import COLLABORATIVE, POPULAR, CurvePoint, Params
from training.models.catalogue import CatalogueRecommender
from training.models.early_stopping import K, PoolScorer, judged_sample, mean_ndcg
from training.models.history import recent_popularity
from training.models.neural.course import Course, best_epoch
from training.models.neural.session import AUTO, Session, require_torch, torch_session
from training.models.neural.vector_scores import Below
from training.models.stored import is_hiding_seen
from training.split import TASKS, Task, Truth

C = TypeVar("C", bound=Course)


class NeuralRecommender(CatalogueRecommender, Generic[C]):
    """Scores a pool of active items by what a network learned; the others stand below them."""

    needs = ("torch",)
    source: ClassVar[str] = COLLABORATIVE

    _scorer: PoolScorer
    _below: Below
    _is_known: np.ndarray
    _popularity: np.ndarray

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return the number of epochs that ranks best after `dataset`, and the curves.

        What counts is "next", or "discovery" where items a user has met are hidden anyway.
        """
        tasks = TASKS[::-1] if is_hiding_seen(params) else TASKS
        judged_users = judged_sample(dataset, truths, params)
        with cls._session(params, threads) as session:
            course = cls._course(dataset, params, session)

            def judge() -> list[float]:
                scorer = course.scorer()
                return [mean_ndcg(scorer, course.pool, judged_users[task]) for task in tasks]

            judged = course.run(
                int(params["max_epochs"]), judge=judge, patience=int(params["patience"])
            )
        curves = [
            CurvePoint(f"validation_{task}_ndcg_at_{K}", epoch, values[tasks.index(task)])
            for epoch, values in enumerate(judged, start=1)
            for task in TASKS
        ]
        return {"epochs": best_epoch(judged)}, curves

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return the network's scores, other items below them; popularity for strangers."""
        scores = self._below.everywhere(self._scorer.scores(np.maximum(user_index, 0)))
        scores[~self.knows(user_index)] = self._popularity
        return scores

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users the network has learned anything about."""
        known: np.ndarray = (user_index >= 0) & self._is_known[user_index]
        return known

    @classmethod
    def _session(cls, params: Params, threads: int) -> Any:
        """Return the context of one fit."""
        require_torch(cls.family)
        precision, seed = str(params.get("precision", AUTO)), int(params["seed"])
        return torch_session(precision, seed=seed, threads=threads)

    @classmethod
    @abstractmethod
    def _course(cls, dataset: Dataset, params: Params, session: Session) -> C:
        """Return what is to be trained; PyTorch is there by now."""

    @abstractmethod
    def _keep(self, course: C) -> None:
        """Take what the trained network answers with: `_scorer`, `_below`, `_is_known`."""

    def _learn(self, dataset: Dataset) -> None:
        epochs = int(self.params.get("chosen", {}).get("epochs", self.params["max_epochs"]))
        self._popularity = recent_popularity(dataset, int(self.params["window_days"]))
        with self._session(self.params, self.threads) as session:
            course = self._course(dataset, self.params, session)
            course.run(epochs)
            self._keep(course)

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        source = self.source if self._is_known[user] else POPULAR
        return np.full(items.size, source, dtype=object)

    def _arrays(self) -> dict[str, Array]:
        return {
            "pool": self._below.pool,
            "depth": self._below.depth,
            "is_known": self._is_known,
            "popularity": self._popularity,
        }

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        self._below = Below(arrays["pool"], arrays["depth"])
        self._is_known = arrays["is_known"]
        self._popularity = arrays["popularity"]
