"""Content: items that read or look like what a user has bought, sold before or not."""

from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import CONTENT, Params
from training.models.content_vectors import TFIDF, Rows, content_vectors, text_columns
from training.models.history import log_frequency
from training.models.pooled import PooledRecommender
from training.models.sparse_rows import matrix_arrays, matrix_from


class ContentSimilarity(PooledRecommender):
    """Scores the cosine of an item's vector and the mean vector of a user's decayed history.

    `vectors` says which: `tfidf` of item features, or `text` or `image`, the published embeddings;
    a shop without those gets tfidf. The pool is the active items and those nobody has bought yet.
    """

    family = "content_similarity"
    source: ClassVar[str] = CONTENT

    @classmethod
    def columns_read(cls, features: pd.DataFrame, params: Params) -> list[str]:
        """Return the columns of texts, which TF-IDF reads; those of users say nothing here."""
        return text_columns(features) if params["vectors"] == TFIDF else []

    def pool_scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return cosines, users x pool."""
        products = self.profiles[user_index] @ self.vectors.T
        dense = products.toarray() if sparse.issparse(products) else products
        return np.asarray(dense, dtype=np.float32)

    def _pool(self, dataset: Dataset) -> np.ndarray:
        is_new = np.bincount(dataset.interactions["item_index"], minlength=dataset.shape[1]) == 0
        return np.union1d(super()._pool(dataset), np.flatnonzero(is_new))

    def _learn_pool(self, dataset: Dataset) -> None:
        vectors = content_vectors(dataset, str(self.params["vectors"]))
        has_one = _lengths(vectors) > 0
        self.pool = self.pool[has_one[self.pool]]
        history = log_frequency(dataset, float(self.params["half_life_weeks"]))
        self.profiles = _of_unit_length(history @ vectors)
        self.vectors = _of_unit_length(vectors[self.pool])
        self._is_known = _lengths(self.profiles) > 0

    def _pool_arrays(self) -> dict[str, Array]:
        if sparse.issparse(self.vectors):
            return {
                **matrix_arrays("profiles", self.profiles),
                **matrix_arrays("vectors", self.vectors),
                "width": np.array(self.vectors.shape[1]),
            }
        return {"profiles": self.profiles, "vectors": self.vectors}

    def _restore_pool(self, arrays: dict[str, Array]) -> None:
        if "width" not in arrays:
            self.profiles, self.vectors = arrays["profiles"], arrays["vectors"]
            return
        width = int(arrays["width"])
        self.profiles = matrix_from("profiles", arrays, (self.user_ids.size, width))
        self.vectors = matrix_from("vectors", arrays, (self.pool.size, width))


def _lengths(rows: Rows) -> np.ndarray:
    squares = rows.multiply(rows) if sparse.issparse(rows) else np.square(rows)
    return np.sqrt(np.asarray(squares.sum(axis=1), dtype=np.float32)).ravel()


def _of_unit_length(rows: Rows) -> Rows:
    """Return the rows divided by their lengths; those of length zero stay."""
    scale = 1 / np.maximum(_lengths(rows), np.float32(1e-12))
    if sparse.issparse(rows):
        return sparse.csr_matrix(sparse.diags(scale) @ rows, dtype=np.float32)
    return np.asarray(rows * scale[:, None], dtype=np.float32)
