"""UP-CF@r: what like-minded users have had in their last baskets, and how often.

Faggioli, Polato and Aiolli, "Recency Aware Collaborative Filtering for Next Basket Recommendation"
(UMAP 2020).
"""

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.base import PERSONAL
from training.models.baskets import basket_lines
from training.models.user_neighbours import BATCH_USERS, UserNeighbours, nearest


class UpCF(UserNeighbours):
    """Scores the sum over users of similarity^locality x their popularity of an item.

    A user's popularity of an item is the share of their last `recency` baskets that hold it. The
    similarity is the asymmetric cosine of what two users ever bought: common items divided by own
    items^asymmetry x the other's items^(1 - asymmetry). A user is as like themselves as can be.
    """

    family = "up_cf"
    source = PERSONAL

    def user_vectors(self, dataset: Dataset) -> sparse.csr_matrix:
        """Return users x items, the shares of each user's last baskets."""
        lines = basket_lines(dataset)
        recency = int(self.params["recency"])
        is_recent = lines.place >= lines.count - recency
        share = (1 / np.minimum(lines.count, recency)).astype(np.float32)
        positions = (lines.users[is_recent], lines.items[is_recent])
        return sparse.csr_matrix((share[is_recent], positions), shape=dataset.shape)

    def user_weights(self, dataset: Dataset, vectors: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return the similarities to the power of `locality`, the `neighbours` highest per user."""
        interactions = dataset.interactions
        positions = (interactions["user_index"], interactions["item_index"])
        ones = np.ones(len(interactions), dtype=np.float32)
        bought = sparse.csr_matrix((ones, positions), shape=dataset.shape)
        bought.data[:] = 1
        return asymmetric_cosine(
            bought,
            asymmetry=float(self.params["asymmetry"]),
            locality=float(self.params["locality"]),
            count=int(self.params["neighbours"]),
        )


def asymmetric_cosine(
    bought: sparse.csr_matrix, *, asymmetry: float, locality: float, count: int
) -> sparse.csr_matrix:
    """Return users x users, only the `count` most similar of each, of a matrix of ones."""
    sizes = np.maximum(np.diff(bought.indptr), 1).astype(np.float32)
    by_item = bought.T.tocsr()
    rows = []
    for start in range(0, bought.shape[0], BATCH_USERS):
        batch = slice(start, start + BATCH_USERS)
        common = (bought[batch] @ by_item).toarray()
        likeness = common / sizes[batch, None] ** asymmetry / sizes ** (1 - asymmetry)
        best = nearest(np.where(common > 0, likeness, -np.inf), count)
        place, column = np.nonzero(best >= 0)
        others = best[place, column]
        values = likeness[place, others] ** locality
        shape = (likeness.shape[0], bought.shape[0])
        rows.append(sparse.csr_matrix((values.astype(np.float32), (place, others)), shape=shape))
    return sparse.csr_matrix(sparse.vstack(rows, format="csr"))
