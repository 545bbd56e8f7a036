"""Sequence networks: GRU4Rec and SASRec, over orders as steps."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import Params
from training.models.history import recent_interactions
from training.models.lightfm_fit import Vectors
from training.models.lightfm_inputs import active_items
from training.models.neural.histories import histories_of, most_bought
from training.models.neural.recommender import NeuralRecommender
from training.models.neural.session import Session
from training.models.neural.vector_scores import Below, vector_arrays, vectors_from

if TYPE_CHECKING:
    from training.models.neural.fitting.sequences import SequenceCourse


class SequenceRecommender(NeuralRecommender["SequenceCourse"]):
    """Keeps what the network knows of each user after their last step, as a vector."""

    _scorer: Vectors

    @classmethod
    def _course(cls, dataset: Dataset, params: Params, session: Session) -> "SequenceCourse":
        from training.models.neural.fitting.sequences import SequenceCourse

        weeks = float(params["weeks"])
        recent = replace(dataset, interactions=recent_interactions(dataset, weeks * 7))
        active = active_items(recent, int(params["min_users"]))
        pool = most_bought(recent, active, int(params["max_pool"]))
        histories = histories_of(dataset, pool, params)
        return SequenceCourse(cls.family, histories, pool, params, session)

    def _keep(self, course: "SequenceCourse") -> None:
        self._scorer = course.scorer()
        self._below = Below.of(course.pool, self._popularity)
        has_steps = np.diff(course.histories.user_starts) > 0
        self._is_known = has_steps & (course.examples() > 0)

    def _arrays(self) -> dict[str, Array]:
        return {**super()._arrays(), **vector_arrays(self._scorer)}

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        super()._restore(document, arrays)
        self._scorer = vectors_from(arrays)


class GRU4Rec(SequenceRecommender):
    """A recurrent network (GRU or LSTM) over a user's steps."""

    family = "gru4rec"


class SASRec(SequenceRecommender):
    """A transformer over a user's steps: each looks back at all before it."""

    family = "sasrec"
