"""Sequence networks: GRU4Rec and SASRec, over orders as steps."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import Params
from training.models.catalogue import UNKNOWN, InVisit, positions
from training.models.history import recent_interactions
from training.models.lightfm_fit import Vectors
from training.models.lightfm_inputs import active_items
from training.models.neural.histories import histories_of, most_bought
from training.models.neural.recommender import NeuralRecommender
from training.models.neural.session import Session
from training.models.neural.step_reader import StepReader
from training.models.neural.vector_scores import Below, vector_arrays, vectors_from

if TYPE_CHECKING:
    from training.models.neural.fitting.sequences import SequenceCourse


READS_VISIT = "reads_visit"  # in a recipe: whose visit under way is read as their last step
NOBODY, KNOWN, EVERYBODY = READERS = ("nobody", "known", "everybody")


class SequenceRecommender(NeuralRecommender["SequenceCourse"]):
    """Keeps what the network knows of each user after their last step, as a vector."""

    _scorer: Vectors
    _reader: StepReader | None = None  # where visits are read

    @classmethod
    def complaint(cls, params: Params) -> str:
        """Return why `reads_visit` says nothing."""
        stated = params.get(READS_VISIT, NOBODY)
        if stated in READERS:
            return ""
        return f"`{READS_VISIT}` is {stated!r}: it may say {', '.join(READERS)}."

    def score_in_visit(self, user_index: np.ndarray, visit: np.ndarray) -> InVisit | None:
        """Return scores after a visit, which is read as the last step or steps of a user.

        Strangers, if the recipe has theirs read, are known by it alone. None where the network
        knows none of its items.
        """
        is_known = self.knows(user_index)
        is_everybody = self.params.get(READS_VISIT) == EVERYBODY
        is_read = np.ones(user_index.size, dtype=bool) if is_everybody else is_known
        place = positions(self._below.pool, visit)
        read = place[place != UNKNOWN]
        if self._reader is None or not read.size or not is_read.any():
            return None
        users = np.where(is_known, user_index, UNKNOWN)[is_read]
        states = self._reader.states(users, read, self._scorer.items)
        scores = states @ self._scorer.items.T + self._scorer.item_biases
        return InVisit(is_read, self._below.everywhere(scores))

    @classmethod
    def _course(cls, dataset: Dataset, params: Params, session: Session) -> "SequenceCourse":
        from training.models.neural.fitting.sequences import SequenceCourse

        weeks = float(params["weeks"])
        recent = replace(dataset, interactions=recent_interactions(dataset, weeks * 7))
        active = active_items(recent, int(params["min_users"]))
        pool = most_bought(recent, active, int(params["max_pool"]))
        histories = histories_of(dataset, pool, params)
        return SequenceCourse(cls.family, histories, pool, params, session)

    @property
    def _reads_visits(self) -> bool:
        return bool(self.params.get(READS_VISIT, NOBODY) != NOBODY)

    def _keep(self, course: "SequenceCourse") -> None:
        self._scorer = course.scorer()
        if self._reads_visits:
            self._reader = course.reader()
        self._below = Below.of(course.pool, self._popularity)
        has_steps = np.diff(course.histories.user_starts) > 0
        self._is_known = has_steps & (course.examples() > 0)

    def _arrays(self) -> dict[str, Array]:
        visits = {} if self._reader is None else self._reader.arrays()
        return {**super()._arrays(), **vector_arrays(self._scorer), **visits}

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        super()._restore(document, arrays)
        self._scorer = vectors_from(arrays)
        if self._reads_visits:
            self._reader = StepReader.restored(self.family, self.params, arrays)


class GRU4Rec(SequenceRecommender):
    """A recurrent network (GRU or LSTM) over a user's steps."""

    family = "gru4rec"


class SASRec(SequenceRecommender):
    """A transformer over a user's steps: each looks back at all before it."""

    family = "sasrec"

    @classmethod
    def complaint(cls, params: Params) -> str:
        """Return why heads cannot share the components, or why `reads_visit` says nothing."""
        components, heads = params.get("components", 0), params.get("heads", 1)
        if heads < 1 or components % heads:
            return (
                f"`components` is {components} and `heads` is {heads}: each head takes an equal "
                "part of the components, so make the one a multiple of the other."
            )
        return super().complaint(params)
