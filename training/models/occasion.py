"""What a recipe may add to any family: a welcome for newcomers, and the visit under way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aisle.core.artifact import Array
from aisle.core.columns import SESSION
from training.dataset import Dataset
from training.models.base import Params
from training.models.newcomers.segments import Segments, learn_segments
from training.models.session.neighbours import Neighbours, learn_neighbours, rank_scores

NEWCOMERS = "newcomers"  # section of a recipe: newcomers get what people like them buy
VISITS = "visits"  # section of a recipe: the items of a visit under way count
LONGEST_VISIT = 50  # items of it that are looked at, the newest


@dataclass(frozen=True)
class Occasion:
    """What was learned for both; None for what the recipe does not ask for."""

    segments: Segments | None = None
    neighbours: Neighbours | None = None

    def is_welcomed(self, user_index: np.ndarray) -> np.ndarray:
        """Return which users have no history and belong to a segment."""
        if self.segments is None:
            return np.zeros(user_index.size, dtype=bool)
        welcomed: np.ndarray = (user_index >= 0) & self.segments.is_told[user_index]
        return welcomed

    def welcome(self, user_index: np.ndarray) -> np.ndarray:
        """Return scores, users x items, of users of whom `is_welcomed` is true."""
        assert self.segments is not None
        return self.segments.of_users(user_index)

    def of_features(self, features: Mapping[str, Any]) -> np.ndarray | None:
        """Return the scores of who is described so; None where that says nothing."""
        return None if self.segments is None else self.segments.of_features(features)

    def after_visit(self, seen: np.ndarray) -> np.ndarray | None:
        """Return 0 … 1 by how well an item follows those of a visit; None if that says nothing.

        seen: item indices, the oldest first.
        """
        if self.neighbours is None or seen.size == 0:
            return None
        return self.neighbours.of_session(seen[-LONGEST_VISIT:])

    def with_visit(
        self, scores: np.ndarray, after: np.ndarray, *, is_known: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return a row of scores in which a visit counts, and where it counts for most of it.

        Scores of families have scales of their own, so it is their ranks that count: the reciprocal
        logarithm of the rank, as in NDCG. Minus infinity stays what it is.
        """
        assert self.neighbours is not None
        said = self.neighbours.weight_for(is_known) * after
        ranked = rank_scores(scores)
        total = np.where(np.isneginf(scores), np.float32(-np.inf), ranked + said)
        return total.astype(np.float32), said > ranked

    def document(self) -> dict[str, Any]:
        """Return what goes into an artifact's JSON."""
        return {} if self.segments is None else self.segments.document()

    def arrays(self) -> dict[str, Array]:
        """Return what goes into an artifact's arrays."""
        parts = [part.arrays() for part in (self.segments, self.neighbours) if part is not None]
        return {name: array for part in parts for name, array in part.items()}

    @classmethod
    def restored(
        cls,
        params: Params,
        document: Mapping[str, Any],
        arrays: dict[str, Array],
        shape: tuple[int, int],
    ) -> "Occasion":
        """Return what `document` and `arrays` gave; shape: users, items."""
        has_segments = stated_or_chosen(params, NEWCOMERS)
        has_visits = stated_or_chosen(params, VISITS)
        return cls(
            Segments.restored(document, arrays, shape[0]) if has_segments else None,
            Neighbours.restored(arrays, shape[1]) if has_visits else None,
        )


def learn_occasion(dataset: Dataset, params: Params) -> Occasion:
    """Return what the sections of a recipe ask for, learned from `dataset`."""
    newcomers, visits = stated_or_chosen(params, NEWCOMERS), stated_or_chosen(params, VISITS)
    return Occasion(
        learn_segments(dataset, newcomers) if newcomers else None,
        learn_neighbours(dataset, visits) if visits else None,
    )


def stated_or_chosen(params: Params, name: str) -> Mapping[str, Any]:
    """Return a section of a recipe with what validation chose of it; empty if it has none.

    A recipe that says nothing of newcomers, or of visits, stays as it is.
    """
    stated: Mapping[str, Any] = params.get(name) or {}
    return {**stated, **params.get("chosen", {}).get(name, {})} if stated else {}


def visit_of(context: Mapping[str, Any]) -> list[str]:
    """Return the item ids of the visit that a request tells of, oldest first."""
    items = context.get(SESSION)
    return [str(item) for item in items] if isinstance(items, list | tuple) else []
