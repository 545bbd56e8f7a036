"""The candidates of a batch of users: items they bought, and the best of each source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from training.models.two_stage.sources import Source, among_best


@dataclass(frozen=True)
class Candidates:
    """Rows of user and item, by user and item."""

    user: np.ndarray  # int32
    item: np.ndarray  # int32
    is_seen: np.ndarray
    scores: dict[str, np.ndarray]  # float32, by source; zero for items outside the pool

    def rows(self, kept: np.ndarray) -> "Candidates":
        """Return some of the rows."""
        return Candidates(
            self.user[kept],
            self.item[kept],
            self.is_seen[kept],
            {name: values[kept] for name, values in self.scores.items()},
        )


def seen_candidates(frequency: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """Return users x items with only each user's `most` strongest entries."""
    long = np.flatnonzero(np.diff(frequency.indptr) > most)
    kept = frequency.copy()
    for user in long:
        row = slice(kept.indptr[user], kept.indptr[user + 1])
        values = kept.data[row]
        weakest = np.argpartition(values, values.size - most)[: values.size - most]
        values[weakest] = 0
    kept.eliminate_zeros()
    return kept


def batch_candidates(
    users: np.ndarray,
    owned: sparse.csr_matrix,
    kept: sparse.csr_matrix,
    sources: Sequence[Source],
    pool: np.ndarray,
) -> Candidates:
    """Return the candidates of some users.

    owned: users x items, all they ever bought · kept: those of them that are candidates.
    """
    place = np.full(owned.shape[1], -1, dtype=np.int32)
    place[pool] = np.arange(pool.size, dtype=np.int32)
    is_owned = owned[users][:, pool].toarray() > 0
    is_new = np.zeros((users.size, pool.size), dtype=bool)
    scored = {}
    for source in sources:
        scores = source.scores(users)
        scored[source.name] = scores
        if source.depth > 0:
            hidden = np.where(is_owned, np.float32(-np.inf), scores)
            is_new |= among_best(hidden, source.depth)
    seen = kept[users].tocoo()
    row_new, column_new = np.nonzero(is_new)
    row = np.concatenate([seen.row, row_new])
    item = np.concatenate([seen.col, pool[column_new]])
    is_seen = np.arange(row.size) < seen.row.size
    order = np.lexsort((item, row))
    row, item, is_seen = row[order], item[order], is_seen[order]
    column = place[item]
    return Candidates(
        users[row].astype(np.int32),
        item.astype(np.int32),
        is_seen,
        {
            name: np.where(column >= 0, scores[row, np.maximum(column, 0)], 0).astype(np.float32)
            for name, scores in scored.items()
        },
    )
