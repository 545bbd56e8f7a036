"""Two-stage families: what they learned answers as stored scores, without a ranker online."""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import (
    COLLABORATIVE,
    CONTENT,
    PERSONAL,
    POPULAR,
    CurvePoint,
    Exclusions,
    Params,
)
from training.models.catalogue import CatalogueRecommender, positions
from training.models.content.terms import columns_of, stated_terms
from training.models.history import recent_popularity
from training.models.leading import Leading
from training.models.sparse_rows import is_stored, known_rows, matrix_arrays, matrix_from
from training.models.two_stage.calibration import Calibration, calibrate
from training.models.two_stage.groups import item_groups
from training.models.two_stage.learning import Scored, learn
from training.models.two_stage.new_items import NEW_ITEMS, TERMS, NewItems, choose_new_items
from training.models.two_stage.placements import mixed, new_share
from training.models.two_stage.source_names import complaint_of_sources
from training.split import Task, Truth

UNCALIBRATED = Calibration.identity()


class TwoStage(CatalogueRecommender):
    """Scores candidates by the probability that they are bought; all else below, by popularity."""

    ranker: ClassVar[str]

    @classmethod
    def choose(
        cls, params: Params, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
    ) -> tuple[dict[str, Any], list[CurvePoint]]:
        """Return how probabilities are corrected, and how reliable they were on validation."""
        scored = learn(dataset, {**params, "ranker": cls.ranker}, threads=threads)
        calibration, curves = calibrate(scored, truths["next"].relevant)
        new_items, points = choose_new_items(params, dataset, truths)
        return {"calibration": calibration.document(), **new_items}, [*curves, *points]

    @classmethod
    def complaint(cls, params: Params) -> str:
        """Return which source there is none of, or lacks its section."""
        return complaint_of_sources(params)

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the columns that group items, and those that new items are ranked by."""
        groups = item_groups(features, int(params["groups"]))
        chosen = params.get("chosen", {}).get(NEW_ITEMS, {}).get(TERMS, [])
        names = [one.name for one in groups] + columns_of(stated_terms(chosen))
        columns = dict.fromkeys(name.split(".")[0] for name in names)
        return [name for name in columns if name in features]

    def score_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return probabilities of candidates; below zero all else, and all of an unknown user.

        What somebody has bought lies from -1 up, by popularity, what nobody has from -2 to -1.
        """
        scores = np.tile(self._below, (user_index.size, 1))
        self._new_items.add_to(scores, user_index)
        for place, items, values in known_rows(self._candidates, user_index):
            scores[place, items] = values
        return scores

    def leading(self, user_index: np.ndarray) -> Iterator[Leading]:
        """Yield the candidates: all other items are below zero."""
        for _, items, values in known_rows(self._candidates, user_index):
            yield Leading(items, values, np.float32(0))

    def knows(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users have candidates."""
        count = np.diff(self._candidates.indptr)
        known: np.ndarray = (user_index >= 0) & (count[np.maximum(user_index, 0)] > 0)
        return known

    def recommend(
        self,
        user_ids: Collection[str],
        k: int,
        *,
        candidates: Collection[str] | None = None,
        exclude: Exclusions | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return up to k rows a user; `context["placement"]` may split the slots.

        The recipe's `placements` say which share of a placement's slots goes to items the user
        has not bought before, the others go to items they have; without one the likeliest win.
        """
        share = new_share(self.params, context)
        asked = partial(super().recommend, user_ids, k, candidates=candidates, context=context)
        if share is None:
            return asked(exclude=exclude)
        own = asked(exclude=self._excluding(user_ids, exclude or {}, is_new=True))
        new = asked(exclude=self._excluding(user_ids, exclude or {}, is_new=False))
        return mixed(own, new, share, k)

    def _excluding(
        self, user_ids: Collection[str], exclude: Exclusions, *, is_new: bool
    ) -> dict[str, list[str]]:
        """Return what is not to be shown to each user: their own items, or all new candidates."""
        users = list(user_ids)
        hidden: dict[str, list[str]] = {user: list(exclude.get(user, ())) for user in users}
        index = positions(self.user_ids, users)
        candidates = known_rows(self._candidates, index)
        owned = known_rows(self._owned, index)
        for (place, items, _), (_, own, _) in zip(candidates, owned, strict=True):
            barred = np.setdiff1d(items, own) if is_new else own
            hidden[users[place]] += self.item_ids[barred].tolist()
        return hidden

    def _learn(self, dataset: Dataset) -> None:
        scored = learn(dataset, {**self.params, "ranker": self.ranker}, threads=self.threads)
        chosen = self.params.get("chosen", {}).get("calibration")
        calibration = Calibration.of(chosen) if chosen else UNCALIBRATED
        self._candidates = corrected(scored, calibration)
        self._candidates.sort_indices()
        self._owned = scored.owned
        popularity = recent_popularity(dataset, int(self.params["window_days"]))
        self._popularity = popularity / np.float32(1 + popularity.max(initial=0))
        self._new_items = NewItems.of(dataset, self.params)

    @property
    def _below(self) -> np.ndarray:
        """The scores of all items that are no candidates and nobody is known to like."""
        below = self._popularity - np.float32(1)
        below[self._new_items.items] = -2
        return below

    def _sources(self, user: int, items: np.ndarray) -> np.ndarray:
        is_candidate = is_stored(self._candidates, user, items)
        found = np.where(is_candidate, COLLABORATIVE, POPULAR).astype(object)
        found[self._new_items.are_liked(user, items)] = CONTENT
        return np.where(is_stored(self._owned, user, items), PERSONAL, found)

    def _arrays(self) -> dict[str, Array]:
        return {
            "popularity": self._popularity,
            **self._new_items.arrays(),
            **matrix_arrays("candidate", self._candidates),
            **matrix_arrays("owned", self._owned),
        }

    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        shape = (self.user_ids.size, self.item_ids.size)
        self._popularity = arrays["popularity"]
        self._new_items = NewItems.restored(arrays, shape[0])
        self._candidates = matrix_from("candidate", arrays, shape)
        self._owned = matrix_from("owned", arrays, shape)


def corrected(scored: Scored, calibration: Calibration) -> sparse.csr_matrix:
    """Return the candidates with probabilities as validation found them to come true."""
    matrix = scored.candidates.copy()
    matrix.data = calibration.apply(matrix.data, scored.is_owned)
    return matrix


class TwoStageLinear(TwoStage):
    """Two logistic regressions rank; they fit in seconds."""

    family = "two_stage_linear"
    ranker: ClassVar[str] = "linear"


class TwoStageTrees(TwoStage):
    """LightGBM ranks."""

    family = "two_stage_trees"
    ranker: ClassVar[str] = "trees"
