"""TIFU-KNN: own purchases with two decays, mixed with those of the nearest users.

Hu, He, Gao and Zhang, "Modeling Personalized Item Frequency Information for Next-basket
Recommendation" (SIGIR 2020).
"""

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.base import PERSONAL
from training.models.baskets import BasketLines, basket_lines
from training.models.user_neighbours import BATCH_USERS, UserNeighbours, nearest


class TifuKNN(UserNeighbours):
    """Scores alpha x own vector + (1 - alpha) x mean vector of the `neighbours` nearest users.

    A user's baskets are cut into `groups` of equal size, the older ones one basket smaller where
    that does not come out even. Within a group of n, the i-th basket weighs within_decay^(n - i);
    of m groups, the mean of the j-th weighs group_decay^(m - j); the vector is the groups' mean.
    """

    family = "tifu_knn"
    source = PERSONAL

    def user_vectors(self, dataset: Dataset) -> sparse.csr_matrix:
        """Return users x items, the personalised item frequencies with both decays."""
        lines = basket_lines(dataset)
        weight = basket_weights(
            lines,
            groups=int(self.params["groups"]),
            within_decay=float(self.params["within_decay"]),
            group_decay=float(self.params["group_decay"]),
        )
        values = (weight.astype(np.float32), (lines.users, lines.items))
        return sparse.csr_matrix(values, shape=dataset.shape)

    def user_weights(self, dataset: Dataset, vectors: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return alpha on the diagonal and equal shares of the rest on the nearest users."""
        known = np.flatnonzero(np.diff(vectors.indptr))
        count = min(int(self.params["neighbours"]), max(known.size - 1, 0))
        users, others = _nearest_users(vectors, known, count)
        alpha = float(self.params["alpha"])
        shares = np.full(users.size, (1 - alpha) / max(count, 1), dtype=np.float32)
        weights = np.concatenate([np.full(known.size, alpha, dtype=np.float32), shares])
        rows, columns = np.concatenate([known, users]), np.concatenate([known, others])
        shape = (vectors.shape[0], vectors.shape[0])
        return sparse.csr_matrix((weights, (rows, columns)), shape=shape)


def basket_weights(
    lines: BasketLines, *, groups: int, within_decay: float, group_decay: float
) -> np.ndarray:
    """Return what each line adds to its user's vector, both means included."""
    count = np.minimum(groups, lines.count)  # of groups: no more than baskets
    small, larger = np.divmod(lines.count, count)  # the last `larger` groups have one more
    in_small = (count - larger) * small
    is_small = lines.place < in_small
    after = lines.place - in_small
    group = np.where(is_small, lines.place // small, count - larger + after // (small + 1))
    size = np.where(is_small, small, small + 1)
    within = np.where(is_small, lines.place % small, after % (small + 1))
    decay = within_decay ** (size - 1 - within) * group_decay ** (count - 1 - group)
    weights: np.ndarray = decay / (size * count)
    return weights


def _nearest_users(
    vectors: sparse.csr_matrix, known: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of a known user and one of their nearest others, by Euclidean distance."""
    if count == 0:
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    rows = vectors[known]
    lengths = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    found = []
    for start in range(0, known.size, BATCH_USERS):
        batch = rows[start : start + BATCH_USERS]
        likeness = (
            2 * (batch @ rows.T).toarray() - lengths
        )  # minus the distance, but for own length
        own = np.arange(batch.shape[0])
        likeness[own, start + own] = -np.inf
        found.append(nearest(likeness, count))
    return np.repeat(known, count), known[np.concatenate(found).ravel()]
