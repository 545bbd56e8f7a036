"""Items nobody has bought yet: among themselves in the order of how a user likes what they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import CurvePoint, Params
from training.models.content.affinity import Affinities, affinities
from training.models.content.choice import choose_terms
from training.models.content.keys import told_columns
from training.models.content.terms import stated_terms, term_documents
from training.models.occasion import stated_or_chosen
from training.split import Task, Truth

NEW_ITEMS = "new_items"  # section of a recipe
TERMS = "terms"
K = 10


@dataclass(frozen=True)
class NewItems:
    """Items without any buyer, and how much each user likes what is known of them."""

    items: np.ndarray  # indices, in order
    liking: Affinities

    @classmethod
    def of(cls, dataset: Dataset, params: Params) -> Self:
        """Return what validation chose to rank new items by; nothing where it chose none."""
        section = stated_or_chosen(params, NEW_ITEMS)
        terms = stated_terms(section.get(TERMS, []))
        columns = told_columns(dataset.item_features) if terms else {}
        is_new = np.ones(dataset.shape[1], dtype=bool)
        is_new[dataset.interactions["item_index"]] = False
        items = np.flatnonzero(is_new) if terms else np.empty(0, dtype=np.intp)
        half_life = float(section.get("half_life_weeks", 1))
        return cls(items, affinities(dataset, columns, terms, half_life, items))

    def add_to(self, scores: np.ndarray, user_index: np.ndarray) -> None:
        """Raise these items' scores, in place, by 0 … 1 from where they are: more if liked more."""
        if self.items.size:
            liking = self.liking.scores(user_index, self.items)
            scores[:, self.items] += liking / (1 + liking)

    def are_liked(self, user: int, items: np.ndarray) -> np.ndarray:
        """Return which of `items` are new and something that the user likes."""
        is_new = np.isin(items, self.items) if self.items.size else np.zeros(items.size, dtype=bool)
        if is_new.any():
            is_new[is_new] = self.liking.scores(np.array([user]), items[is_new])[0] > 0
        return is_new

    def arrays(self) -> dict[str, Array]:
        """Return what goes into an artifact."""
        return {NEW_ITEMS: self.items, **self.liking.arrays()}

    @classmethod
    def restored(cls, arrays: Mapping[str, Array], user_count: int) -> Self:
        """Return what `arrays` gave."""
        return cls(arrays[NEW_ITEMS], Affinities.restored(arrays, user_count))


def choose_new_items(
    params: Params, dataset: Dataset, truths: Mapping[Task, Truth]
) -> tuple[dict[str, Any], list[CurvePoint]]:
    """Return which of the things known of items rank hidden ones best, and how well they do.

    Nothing without a section `new_items`, or where nothing of use is known.
    """
    section = params.get(NEW_ITEMS)
    if not section:
        return {}, []
    columns = told_columns(dataset.item_features)
    terms, curve = choose_terms(dataset, columns, truths, section)
    points = [
        CurvePoint(f"validation_cold_items_ndcg_at_{K}", step, value)
        for step, value in enumerate(curve, start=1)
    ]
    return ({NEW_ITEMS: {TERMS: term_documents(terms)}} if terms else {}), points
