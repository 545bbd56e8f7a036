"""Truncated SVD: the few directions in which users differ most (PureSVD)."""

import numpy as np
from scipy import sparse

from training.models.factors import FactorRecommender, Factors


class TruncatedSVD(FactorRecommender):
    """Scores by the history projected on its largest singular vectors, by scikit-learn."""

    family = "svd"

    def factorise(self, history: sparse.csr_matrix, components: int) -> Factors:
        """Return the projected users and the item vectors of a randomised SVD."""
        from sklearn.decomposition import TruncatedSVD as Decomposition

        if history.shape[1] < 2:  # one item needs no direction, and scikit-learn refuses it
            return Factors(history.toarray(), np.ones((1, 1), dtype=np.float32))
        decomposition = Decomposition(
            components, n_iter=int(self.params["iterations"]), random_state=int(self.params["seed"])
        )
        users = decomposition.fit_transform(history)
        return Factors(
            np.asarray(users, dtype=np.float32),
            np.ascontiguousarray(decomposition.components_.T, dtype=np.float32),
        )
