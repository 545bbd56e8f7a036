"""Rows of a users x items matrix: walk through them, look entries up, store them as arrays."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array


def known_rows(
    matrix: sparse.csr_matrix, user_index: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield (place in user_index, item indices, values) of every user that is known."""
    for place, user in enumerate(user_index):
        if user >= 0:
            span = slice(matrix.indptr[user], matrix.indptr[user + 1])
            yield place, matrix.indices[span], matrix.data[span]


def row_items(matrix: sparse.csr_matrix, user: int) -> np.ndarray:
    """Return the item indices of a user's row, in order."""
    items: np.ndarray = matrix.indices[matrix.indptr[user] : matrix.indptr[user + 1]]
    return items if matrix.has_sorted_indices else np.sort(items)


def is_stored(matrix: sparse.csr_matrix, user: int, items: np.ndarray) -> np.ndarray:
    """Return for each item whether the user's row has an entry for it, whatever its value."""
    stored = row_items(matrix, user)
    if not stored.size:
        return np.zeros(items.size, dtype=bool)
    places = np.minimum(np.searchsorted(stored, items), stored.size - 1)
    found: np.ndarray = stored[places] == items
    return found


def matrix_arrays(name: str, matrix: sparse.csr_matrix) -> dict[str, Array]:
    """Return the three arrays of a matrix under names that `matrix_from` knows."""
    return {
        f"{name}_values": matrix.data,
        f"{name}_items": matrix.indices,
        f"{name}_starts": matrix.indptr,
    }


def matrix_from(name: str, arrays: dict[str, Array], shape: tuple[int, int]) -> sparse.csr_matrix:
    """Return the matrix that `matrix_arrays` took apart."""
    parts = (arrays[f"{name}_values"], arrays[f"{name}_items"], arrays[f"{name}_starts"])
    return sparse.csr_matrix(parts, shape=shape)
