"""The best k of a row of scores, ties broken by position: the same in training and serving."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Indices = NDArray[np.intp]


def top_k(scores: Scores, k: int) -> Indices:
    """Return the positions of the k highest finite scores, best first; equal ones by position.

    The result is shorter than k when fewer scores are finite: minus infinity means "not allowed".
    """
    k = min(k, scores.size)
    if k <= 0:
        return np.empty(0, dtype=np.intp)
    threshold = np.partition(scores, scores.size - k)[scores.size - k]
    above = np.flatnonzero(scores > threshold)
    level = np.flatnonzero(scores == threshold)[: k - above.size]
    chosen = np.concatenate([above, level])
    ordered = chosen[np.lexsort((chosen, -scores[chosen]))]
    finite: Indices = ordered[np.isfinite(scores[ordered])]
    return finite


def top_k_rows(scores: Scores, k: int) -> Indices:
    """Return top_k of every row as one array (rows x k), padded with -1."""
    best = np.full((scores.shape[0], k), -1, dtype=np.intp)
    for row, values in enumerate(scores):
        positions = top_k(values, k)
        best[row, : positions.size] = positions
    return best
