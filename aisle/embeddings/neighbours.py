"""Exact nearest neighbours by cosine, in blocks that fit into memory."""

import numpy as np
from numpy.typing import NDArray

from aisle.embeddings.encoder import Vectors

BLOCK_CELLS = 4_000_000  # of similarities at a time: 64 MB with their order


def nearest(
    queries: Vectors, vectors: Vectors, k: int, own: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], Vectors]:
    """Return places in `vectors` (queries x k, nearest first) and their cosines.

    Rows have unit length. `own` is the place of each query itself, which is left out.
    """
    k = min(k, len(vectors) - (own is not None))
    if k < 1:
        empty = np.zeros((len(queries), 0))
        return empty.astype(np.int64), empty.astype(np.float32)
    rows = max(1, BLOCK_CELLS // len(vectors))
    starts = range(0, len(queries), rows)
    blocks = [
        _nearest(queries[i : i + rows], vectors, k, None if own is None else own[i : i + rows])
        for i in starts
    ]
    return np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks])


def _nearest(
    queries: Vectors, vectors: Vectors, k: int, own: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], Vectors]:
    cosines = queries @ vectors.T  # queries x vectors
    if own is not None:
        cosines[np.arange(len(own)), own] = -np.inf
    places = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
    chosen = np.take_along_axis(cosines, places, axis=1)
    # Of equals, the one that comes first: the answer does not depend on the machine.
    order = np.lexsort((places, -chosen), axis=1)
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(chosen, order, axis=1)
