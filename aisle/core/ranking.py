"""The best k of a row of scores, ties broken by position: the same in training and serving."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Indices = NDArray[np.intp]

GROUPS_PER_PLACE = 4  # more of them leave fewer contenders, and take longer to look through
LEAST_GROUPS = 512


def top_k(scores: Scores, k: int) -> Indices:
    """Return the positions of the k highest finite scores, best first; equal ones by position.

    The result is shorter than k when fewer scores are finite: minus infinity means "not allowed".
    """
    k = min(k, scores.size)
    if k <= 0:
        return np.empty(0, dtype=np.intp)
    bound = _lower_bound(scores, k)
    above = np.flatnonzero(scores > bound)
    if above.size > k:
        above, bound = _narrowed(scores, above, k)
    level = np.flatnonzero(scores == bound)[: k - above.size] if above.size < k else above[:0]
    chosen = np.concatenate([above, level])
    ordered = chosen[np.lexsort((chosen, -scores[chosen]))]
    finite: Indices = ordered[np.isfinite(scores[ordered])]
    return finite


def _lower_bound(scores: Scores, k: int) -> float:
    """Return a score that at least k reach: the k-th best of the best scores of many groups.

    Groups are every m-th item, so that one look through the row, in order, finds the best of each.
    Selecting from the whole row instead takes ten times as long, and far longer on some rows.
    """
    width = max(GROUPS_PER_PLACE * k, LEAST_GROUPS)
    rows = scores.size // width
    if rows < 2:
        best = scores
    else:
        best = np.fmax.reduce(scores[: rows * width].reshape(rows, width), axis=0)
    best = np.where(np.isnan(best), np.float32(-np.inf), best)
    return float(np.partition(best, best.size - k)[best.size - k])


def _narrowed(scores: Scores, above: Indices, k: int) -> tuple[Indices, float]:
    """Return those of `above` whose score is higher than its k-th highest, and that score."""
    values = scores[above]
    threshold = np.partition(values, values.size - k)[values.size - k]
    return above[values > threshold], float(threshold)


def top_k_rows(scores: Scores, k: int) -> Indices:
    """Return top_k of every row as one array (rows x k), padded with -1."""
    best = np.full((scores.shape[0], k), -1, dtype=np.intp)
    for row, values in enumerate(scores):
        positions = top_k(values, k)
        best[row, : positions.size] = positions
    return best
