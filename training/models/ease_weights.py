"""EASE in closed form: every item is predicted from all others by one ridge regression.

Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019): B = I - P diag(1 / P_jj)
with P = (X'X + l I)^-1 of the items. By Woodbury's identity the same B follows from the inverse of
XX' + l I, users x users: `DualWeights` inverts that where there are fewer users than items.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.models.ridge import leverages, ridge_inverse
from training.models.sparse_rows import matrix_arrays, matrix_from

LARGEST = np.float32(1 - 1e-6)  # a leverage of one would divide by zero


@dataclass(frozen=True)
class DualWeights:
    """The regression as a kernel machine over users."""

    history: sparse.csr_matrix  # users x items: X
    inverse: np.ndarray  # users x users, float32: (XX' + l I)^-1
    leverage: np.ndarray  # items, float32, below 1: x_j' inverse x_j

    @classmethod
    def fit(cls, history: sparse.csr_matrix, regularisation: float) -> "DualWeights":
        """Return the weights of a users x items matrix."""
        inverse = ridge_inverse(history, regularisation, dtype=np.float64)
        leverage = leverages(history.T.tocsr(), inverse)
        return cls(history, inverse, np.minimum(leverage, LARGEST))

    def scores(self, queries: sparse.csr_matrix) -> np.ndarray:
        """Return queries x items, float32; a query is a history, whoever's it is."""
        likeness = (queries @ self.history.T).toarray() @ self.inverse  # queries x users
        scale = 1 / (1 - self.leverage)
        scores = np.ascontiguousarray((self.history.T @ likeness.T).T)
        scores *= scale
        own = queries.tocoo()
        scores[own.row, own.col] -= own.data * (self.leverage * scale)[own.col]
        return scores.astype(np.float32, copy=False)

    def arrays(self) -> dict[str, Array]:
        """Return what a saved model needs."""
        arrays = {"ease_inverse": self.inverse, "ease_leverage": self.leverage}
        return {**arrays, **matrix_arrays("ease_history", self.history)}


@dataclass(frozen=True)
class PrimalWeights:
    """The regression's weights themselves."""

    weights: np.ndarray  # items x items, float32, zero diagonal: B

    @classmethod
    def fit(cls, history: sparse.csr_matrix, regularisation: float) -> "PrimalWeights":
        """Return the weights of a users x items matrix."""
        inverse = ridge_inverse(history.T.tocsr(), regularisation, dtype=np.float64)
        weights = -inverse / inverse.diagonal()
        np.fill_diagonal(weights, 0)
        return cls(weights)

    def scores(self, queries: sparse.csr_matrix) -> np.ndarray:
        """Return queries x items, float32; a query is a history, whoever's it is."""
        return np.asarray(queries @ self.weights, dtype=np.float32)

    def arrays(self) -> dict[str, Array]:
        """Return what a saved model needs."""
        return {"ease_weights": self.weights}


EaseWeights = DualWeights | PrimalWeights


def ease_weights(history: sparse.csr_matrix, regularisation: float) -> EaseWeights:
    """Return the weights by the smaller of the two inversions."""
    users, items = history.shape
    form = DualWeights if users < items else PrimalWeights
    return form.fit(history, regularisation)


def restored_weights(arrays: dict[str, Array]) -> EaseWeights:
    """Return what `arrays()` gave."""
    if "ease_weights" in arrays:
        return PrimalWeights(arrays["ease_weights"])
    inverse, leverage = arrays["ease_inverse"], arrays["ease_leverage"]
    shape = (inverse.shape[0], leverage.size)
    return DualWeights(matrix_from("ease_history", arrays, shape), inverse, leverage)
