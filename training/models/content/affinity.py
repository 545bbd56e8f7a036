"""How much each user likes items by keys and vectors, from what they bought lately."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.content.keys import NOTHING, Columns, key_codes, spread
from training.models.content.nearness import Nearness, nearness
from training.models.content.terms import Term, Terms, Vectors
from training.models.history import decayed_frequency
from training.models.sparse_rows import matrix_arrays, matrix_from


@dataclass(frozen=True)
class Affinity:
    """One key's part of a score: `by_user` of the value that an item has."""

    by_user: sparse.csr_matrix  # users x values, float32
    value_of: np.ndarray  # items; -1 for an item of which nothing is told

    def scores(self, user_index: np.ndarray, items: np.ndarray | None = None) -> np.ndarray:
        """Return float32, users x items (all if None); zero for a user nobody knows."""
        values = self.value_of if items is None else self.value_of[items]
        return spread(self.by_user[np.maximum(user_index, 0)].toarray(), user_index, values)

    def weighted(self, weight: float) -> Self:
        """Return this part with all scores times `weight`."""
        by_user = self.by_user.copy()
        by_user.data *= np.float32(weight)
        return replace(self, by_user=by_user)

    def arrays(self, number: int) -> dict[str, Array]:
        """Return what goes into an artifact, under names with this part's number."""
        return {
            f"key_{number}": self.value_of,
            **matrix_arrays(f"liking_{number}", self.by_user),
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, Array], number: int, user_count: int) -> Self:
        """Return what `arrays` gave."""
        value_of = arrays[f"key_{number}"]
        shape = (user_count, int(value_of.max(initial=NOTHING)) + 1)
        return cls(matrix_from(f"liking_{number}", dict(arrays), shape), value_of)


Part = Affinity | Nearness


@dataclass(frozen=True)
class Affinities:
    """A weighted sum over keys and vectors."""

    parts: tuple[Part, ...]

    def scores(self, user_index: np.ndarray, items: np.ndarray | None = None) -> np.ndarray:
        """Return float32, users x items (all if None)."""
        first, *others = (part.scores(user_index, items) for part in self.parts)
        return np.asarray(sum(others, start=first), dtype=np.float32)

    def arrays(self) -> dict[str, Array]:
        """Return what goes into an artifact."""
        return {
            name: array
            for number, part in enumerate(self.parts)
            for name, array in part.arrays(number).items()
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, Array], user_count: int) -> "Affinities":
        """Return what `arrays` gave."""
        parts: list[Part] = []
        while True:
            number = len(parts)
            if f"key_{number}" in arrays:
                parts.append(Affinity.restored(arrays, number, user_count))
            elif f"vector_{number}" in arrays:
                parts.append(Nearness.restored(arrays, number, user_count))
            else:
                return cls(tuple(parts))


def affinity(
    dataset: Dataset, frequency: sparse.csr_matrix, columns: Mapping[str, np.ndarray], key: Columns
) -> Affinity:
    """Return the root of a user's decayed baskets with a value, over that of its items' number.

    A value that few items share says more about each of them; the root keeps one heavily bought
    value from deciding alone. `frequency`: users x items (`decayed_frequency`).
    """
    value_of = key_codes(columns, key)
    values = int(value_of.max(initial=NOTHING)) + 1
    known = np.flatnonzero(value_of != NOTHING)
    ones = np.ones(known.size, dtype=np.float32)
    has_value = sparse.csr_matrix((ones, (known, value_of[known])), (value_of.size, values))
    sold = np.unique(dataset.interactions["item_index"].to_numpy())
    sold = sold[value_of[sold] != NOTHING]
    item_count = np.bincount(value_of[sold], minlength=values)
    liked = sparse.csr_matrix(frequency @ has_value, dtype=np.float32)
    liked.data = np.sqrt(liked.data / np.sqrt(1 + item_count[liked.indices])).astype(np.float32)
    return Affinity(liked, value_of.astype(np.int32))


def liking(
    dataset: Dataset,
    frequency: sparse.csr_matrix,
    columns: Mapping[str, np.ndarray],
    term: Term,
    items: np.ndarray | None = None,
) -> Part | None:
    """Return how users like items by one term; None where a column or the vectors are missing.

    `items`: which are to be ranked, all if None; of others no neighbours are looked for.
    """
    if isinstance(term, Vectors):
        if term.kind not in dataset.item_vectors:
            return None
        return nearness(frequency, dataset.item_vectors[term.kind], items)
    if all(name in columns for name in term):
        return affinity(dataset, frequency, columns, term)
    return None


def affinities(
    dataset: Dataset,
    columns: Mapping[str, np.ndarray],
    terms: Terms,
    half_life_weeks: float,
    items: np.ndarray | None = None,
) -> Affinities:
    """Return the weighted sum over terms; one of which the dataset has nothing says nothing.

    `items`: as for `liking`.
    """
    frequency = decayed_frequency(dataset, half_life_weeks)
    found = [(liking(dataset, frequency, columns, term, items), weight) for term, weight in terms]
    parts = tuple(part.weighted(weight) for part, weight in found if part is not None)
    nothing = Affinity(
        sparse.csr_matrix((dataset.shape[0], 0), dtype=np.float32),
        np.full(dataset.shape[1], NOTHING, dtype=np.int32),
    )
    return Affinities(parts or (nothing,))
