"""Two-tower network: the hybrid's features through a hidden layer each, met in a dot product."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import HYBRID, Params
from training.models.fold_in import Features, FoldIn
from training.models.lightfm_fit import Vectors
from training.models.lightfm_hybrid import INACTIVE_PENALTY
from training.models.lightfm_inputs import lightfm_inputs, planned_columns
from training.models.neural.recommender import NeuralRecommender
from training.models.neural.session import Session, as_numpy
from training.models.neural.vector_scores import Below, vector_arrays, vectors_from

if TYPE_CHECKING:
    from training.models.neural.fitting.two_tower import TwoTowerCourse

HIDDEN = ("inner.weight", "inner.bias", "outer.weight", "outer.bias")


class TwoTower(NeuralRecommender["TwoTowerCourse"]):
    """Gives everybody a vector of whom any feature is known, newcomers by attributes included."""

    family = "two_tower"
    source: ClassVar[str] = HYBRID
    newcomer_source: ClassVar[str] = HYBRID

    _scorer: Vectors

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the columns that the towers' features are made of."""
        return planned_columns(features, params)

    def score_newcomer(self, features: Features) -> np.ndarray | None:
        """Return the scores for a user known by features alone, through the user's tower."""
        summed = self._fold_in.vector(features)
        if summed is None:
            return None
        vector = through_tower(summed[None], self._tower)
        newcomer = Vectors(vector, self._scorer.items, self._scorer.item_biases)
        scores: np.ndarray = newcomer.scores(np.zeros(1, dtype=int))[0]
        return scores

    @classmethod
    def _course(cls, dataset: Dataset, params: Params, session: Session) -> "TwoTowerCourse":
        from training.models.neural.fitting.two_tower import TwoTowerCourse

        return TwoTowerCourse(lightfm_inputs(dataset, params), params, session)

    def _keep(self, course: "TwoTowerCourse") -> None:
        inputs = course.inputs
        self._scorer = course.vectors(inputs.item_rows)
        self._scorer.item_biases[:] = -INACTIVE_PENALTY
        self._scorer.item_biases[inputs.pool] = as_numpy(course.net.biases)
        everything = np.arange(self.item_ids.size)
        self._below = Below.of(everything, self._popularity)
        self._is_known = np.diff(inputs.user_rows.indptr) > 0
        tower = course.net.user.state_dict()
        count = len(inputs.user_preparation.names)
        vectors = as_numpy(tower["features"])
        self._fold_in = FoldIn(inputs.user_preparation, vectors[vectors.shape[0] - count :].copy())
        self._tower = {name.replace(".", "_"): as_numpy(tower[name]) for name in HIDDEN}

    def _arrays(self) -> dict[str, Array]:
        learned = vector_arrays(self._scorer) | self._tower | self._fold_in.arrays()
        return {**super()._arrays(), **learned}

    def _document(self) -> dict[str, Any]:
        return self._fold_in.document()

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        super()._restore(document, arrays)
        self._scorer = vectors_from(arrays)
        self._fold_in = FoldIn.restored(document, arrays)
        names = [name.replace(".", "_") for name in HIDDEN]
        self._tower = {name: arrays[name] for name in names}


def through_tower(summed: np.ndarray, tower: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what a tower makes of summed feature vectors, rows x components."""
    inner = np.maximum(summed @ tower["inner_weight"].T + tower["inner_bias"], 0)
    vectors: np.ndarray = summed + inner @ tower["outer_weight"].T + tower["outer_bias"]
    return vectors
