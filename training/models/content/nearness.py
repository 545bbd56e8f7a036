"""How much each user likes items by vectors: what they bought lately that reads or looks alike."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Self

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.artifact import Array
from training.models.content.keys import NOTHING, spread
from training.models.sparse_rows import matrix_arrays, matrix_from

NEIGHBOURS = 50
POWER = 4  # of a cosine: how much more the nearest count
MOST_BOUGHT = 20_000  # vectors that may be near an item: time grows with the catalogue, no faster
LEAST_LENGTH = 1e-6  # of a vector without the mean: shorter ones are rounding
BLOCK = 512


@dataclass(frozen=True)
class Nearness:
    """One kind's part of a score. Items with the same vector have one value."""

    bought: sparse.csr_matrix  # users x vectors that are near a value, float32
    near: sparse.csr_matrix  # of those x values, float32
    value_of: np.ndarray  # items; -1 for one without a vector, or that is not to be ranked

    def scores(self, user_index: np.ndarray, items: np.ndarray | None = None) -> np.ndarray:
        """Return float32, users x items (all if None); zero for a user nobody knows."""
        values = self.value_of if items is None else self.value_of[items]
        products = self.bought[np.maximum(user_index, 0)] @ self.near
        return spread(np.sqrt(products.toarray()), user_index, values)

    def weighted(self, weight: float) -> Self:
        """Return this part with all scores times `weight`."""
        near = self.near.copy()
        near.data *= np.float32(weight**2)  # of which a score is the root
        return replace(self, near=near)

    def arrays(self, number: int) -> dict[str, Array]:
        """Return what goes into an artifact, under names with this part's number."""
        return {
            f"vector_{number}": self.value_of,
            **matrix_arrays(f"bought_{number}", self.bought),
            **matrix_arrays(f"near_{number}", self.near),
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, Array], number: int, user_count: int) -> Self:
        """Return what `arrays` gave."""
        value_of = arrays[f"vector_{number}"]
        width = arrays[f"near_{number}_starts"].size - 1
        values = int(value_of.max(initial=NOTHING)) + 1
        bought = matrix_from(f"bought_{number}", dict(arrays), (user_count, width))
        near = matrix_from(f"near_{number}", dict(arrays), (width, values))
        return cls(bought, near, value_of)


def nearness(
    frequency: sparse.csr_matrix, vectors: np.ndarray, items: np.ndarray | None = None
) -> Nearness:
    """Return the root of a user's decayed baskets with the nearest items, times how near they are.

    The neighbours' sum of item-based recommendation (Deshpande and Karypis, "Item-based top-N
    recommendation algorithms", 2004), with cosines of content, as new items have no buyers. The
    mean of all vectors is taken off first, which texts share and which likens all to all (Mu and
    Viswanath, "All-but-the-top", 2018). The root brings it to the scale of an affinity.
    `frequency`: users x items (`decayed_frequency`) · `items`: which are to be ranked, all if None.
    """
    codes, first = _distinct(vectors)
    wanted = codes if items is None else codes[items]
    values = np.unique(wanted[wanted != NOTHING])
    baskets = _by_vector(frequency, codes, first.size)
    sold = _most_bought(baskets)
    centred = _centred(vectors, codes, first)
    near = _nearest(centred[values], centred[sold])
    is_near = np.flatnonzero(np.diff(near.indptr))
    value_of_code = np.full(first.size + 1, NOTHING, dtype=np.int32)
    value_of_code[values] = np.arange(values.size)
    value_of = value_of_code[codes]
    if items is not None:
        value_of[~np.isin(np.arange(codes.size), items)] = NOTHING
    return Nearness(baskets[:, sold[is_near]], near[is_near], value_of)


def _distinct(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a code of each item's vector, -1 without one, and the first item of each code."""
    digests = np.empty(len(vectors), dtype=object)  # the rows themselves would fill memory
    for item in np.flatnonzero(vectors.any(axis=1)):
        digests[item] = blake2b(vectors[item].tobytes(), digest_size=16).digest()
    codes = pd.factorize(digests)[0]
    known = np.flatnonzero(codes != NOTHING)
    return codes, known[np.unique(codes[known], return_index=True)[1]]


def _by_vector(frequency: sparse.csr_matrix, codes: np.ndarray, count: int) -> sparse.csr_matrix:
    """Return users x distinct vectors: decayed baskets with items that have the vector."""
    known = np.flatnonzero(codes != NOTHING)
    ones = np.ones(known.size, dtype=np.float32)
    has_vector = sparse.csr_matrix((ones, (known, codes[known])), (codes.size, count))
    return sparse.csr_matrix(frequency @ has_vector, dtype=np.float32)


def _most_bought(baskets: sparse.csr_matrix) -> np.ndarray:
    """Return the vectors of what was bought, in order; the most bought where they are too many."""
    total = np.asarray(baskets.sum(axis=0)).ravel()
    order = np.argsort(-total, kind="stable")[:MOST_BOUGHT]
    return np.sort(order[total[order] > 0])


def _centred(vectors: np.ndarray, codes: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the distinct vectors without the mean of all items', of unit length."""
    known = max(np.count_nonzero(codes != NOTHING), 1)  # the others are zeros
    mean = vectors.sum(axis=0, dtype=np.float64) / known
    rows = vectors[first] - mean.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.float32(LEAST_LENGTH)), dtype=np.float32)


def _nearest(wanted: np.ndarray, sold: np.ndarray) -> sparse.csr_matrix:
    """Return sold x wanted: a power of the cosine where the one is among the other's nearest."""
    count = min(NEIGHBOURS, len(sold))
    shape = (len(wanted), len(sold))
    if count == 0:
        return sparse.csr_matrix(shape[::-1], dtype=np.float32)
    places = np.empty((len(wanted), count), dtype=np.int32)
    cosines = np.empty((len(wanted), count), dtype=np.float32)
    for start in range(0, len(wanted), BLOCK):
        block = wanted[start : start + BLOCK] @ sold.T
        best = np.argpartition(block, -count, axis=1)[:, -count:]
        places[start : start + BLOCK] = best
        cosines[start : start + BLOCK] = np.take_along_axis(block, best, axis=1)
    strength = np.maximum(cosines, 0) ** POWER
    starts = np.arange(0, places.size + 1, count)
    near = sparse.csr_matrix((strength.ravel(), places.ravel(), starts), shape)
    near.eliminate_zeros()
    return sparse.csr_matrix(near.T)
