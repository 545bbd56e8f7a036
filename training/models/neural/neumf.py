"""NeuMF: neural collaborative filtering on the identities of users and items."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import Params
from training.models.lightfm_inputs import lightfm_inputs
from training.models.neural.mixed_scores import MixedScores
from training.models.neural.recommender import NeuralRecommender
from training.models.neural.session import Session
from training.models.neural.vector_scores import Below

if TYPE_CHECKING:
    from training.models.neural.fitting.neumf import NeuMFCourse


class NeuMF(NeuralRecommender["NeuMFCourse"]):
    """Knows users and active items of the last weeks by identity, as `lightfm_pure` does."""

    family = "neumf"

    _scorer: MixedScores

    @classmethod
    def _course(cls, dataset: Dataset, params: Params, session: Session) -> "NeuMFCourse":
        from training.models.neural.fitting.neumf import NeuMFCourse

        inputs = lightfm_inputs(dataset, params, with_features=False)
        return NeuMFCourse(inputs.weights, inputs.pool, params, session)

    def _keep(self, course: "NeuMFCourse") -> None:
        self._scorer = course.scorer()
        self._below = Below.of(course.pool, self._popularity)
        self._is_known = np.bincount(course.bought.row, minlength=self.user_ids.size) > 0

    def _arrays(self) -> dict[str, Array]:
        return {**super()._arrays(), **self._scorer.arrays()}

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        super()._restore(document, arrays)
        self._scorer = MixedScores.restored(arrays)
