"""Item kNN: items bought by the same users are near; a user gets what is near their history."""

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.history import log_frequency
from training.models.pooled import PooledRecommender
from training.models.sparse_rows import matrix_arrays, matrix_from
from training.models.threads import one_blas_thread

WEIGHTINGS = ("tfidf", "bm25", "cosine")


class ItemKNN(PooledRecommender):
    """Sums the similarities to a user's items; the library `implicit` finds the neighbours.

    `weighting` is tfidf, bm25 (with its `k1` and `b`) or cosine; `neighbours` are kept per item.
    """

    family = "item_knn"

    def pool_scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return sums of similarities, users x pool."""
        scores = (self.history[user_index] @ self.similarity).toarray()
        return np.asarray(scores, dtype=np.float32)

    def _learn_pool(self, dataset: Dataset) -> None:
        self.history = log_frequency(dataset, float(self.params["half_life_weeks"]))[:, self.pool]
        self.similarity = self._similarity(self.history)

    def _similarity(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return pool x pool, the nearest of each item and itself, float32."""
        from implicit.nearest_neighbours import ItemItemRecommender

        weighted = self._weighted(counts.T).T.tocsr()
        weighted.data = np.nan_to_num(weighted.data)  # an item that says nothing has length zero
        neighbours = min(int(self.params["neighbours"]) + 1, counts.shape[1])
        with one_blas_thread():
            model = ItemItemRecommender(K=neighbours, num_threads=self.threads)
            model.fit(weighted, show_progress=False)
        return sparse.csr_matrix(model.similarity, dtype=np.float32)

    def _weighted(self, by_item: sparse.spmatrix) -> sparse.coo_matrix:
        """Return items x users so that products of rows are similarities."""
        from implicit.nearest_neighbours import bm25_weight, normalize, tfidf_weight

        weighting = self.params["weighting"]
        if weighting == "bm25":
            return bm25_weight(by_item, float(self.params["k1"]), float(self.params["b"]))
        if weighting not in WEIGHTINGS:
            raise AisleError(
                f"weighting is {weighting!r}: params.yaml may say {', '.join(WEIGHTINGS)}."
            )
        with np.errstate(invalid="ignore"):
            return normalize(tfidf_weight(by_item) if weighting == "tfidf" else by_item)

    def _pool_arrays(self) -> dict[str, Array]:
        return {
            **matrix_arrays("history", self.history),
            **matrix_arrays("similarity", self.similarity),
        }

    def _restore_pool(self, arrays: dict[str, Array]) -> None:
        size = self.pool.size
        self.history = matrix_from("history", arrays, (self.user_ids.size, size))
        self.similarity = matrix_from("similarity", arrays, (size, size))
