"""How much each user likes each value of a key, from what they bought lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.content.keys import NOTHING, Columns, key_codes
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
        liked = np.zeros((user_index.size, self.by_user.shape[1] + 1), dtype=np.float32)
        liked[:, :NOTHING] = self.by_user[np.maximum(user_index, 0)].toarray()
        liked[user_index < 0] = 0
        return np.take(liked, values, axis=1)  # -1 is the last: what nobody likes


@dataclass(frozen=True)
class Affinities:
    """A weighted sum over keys."""

    parts: tuple[Affinity, ...]

    def scores(self, user_index: np.ndarray, items: np.ndarray | None = None) -> np.ndarray:
        """Return float32, users x items (all if None)."""
        first, *others = (part.scores(user_index, items) for part in self.parts)
        return np.asarray(sum(others, start=first), dtype=np.float32)

    def arrays(self) -> dict[str, Array]:
        """Return what goes into an artifact."""
        return {
            name: array
            for number, part in enumerate(self.parts)
            for name, array in {
                f"key_{number}": part.value_of,
                **matrix_arrays(f"liking_{number}", part.by_user),
            }.items()
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, Array], user_count: int) -> "Affinities":
        """Return what `arrays` gave."""
        parts, number = [], 0
        while f"key_{number}" in arrays:
            value_of = arrays[f"key_{number}"]
            shape = (user_count, int(value_of.max(initial=NOTHING)) + 1)
            parts.append(Affinity(matrix_from(f"liking_{number}", dict(arrays), shape), value_of))
            number += 1
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


def affinities(
    dataset: Dataset,
    columns: Mapping[str, np.ndarray],
    weights: Sequence[tuple[Columns, float]],
    half_life_weeks: float,
) -> Affinities:
    """Return the weighted sum over keys; a key with a column that is not there says nothing."""
    frequency = decayed_frequency(dataset, half_life_weeks)
    parts = []
    for key, weight in weights:
        if all(name in columns for name in key):
            part = affinity(dataset, frequency, columns, key)
            part.by_user.data *= np.float32(weight)
            parts.append(part)
    nothing = Affinity(
        sparse.csr_matrix((dataset.shape[0], 0), dtype=np.float32),
        np.full(dataset.shape[1], NOTHING, dtype=np.int32),
    )
    return Affinities(tuple(parts) or (nothing,))
