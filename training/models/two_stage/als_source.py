"""Implicit ALS as a source: the library's factors, fitted as the family `als` fits them."""

from dataclasses import dataclass

import numpy as np

from training.models.als import ImplicitALS
from training.models.base import Params
from training.models.factors import Factors
from training.models.two_stage.purchases import Purchases
from training.models.two_stage.sources import frequency, logged

HALF_LIFE = 13.0  # weeks


@dataclass(frozen=True)
class Factorised:
    """Dot products of vectors."""

    name: str
    depth: int
    factors: Factors

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        scores: np.ndarray = self.factors.users[users] @ self.factors.items.T
        return scores


def als_source(
    history: Purchases, pool: np.ndarray, depth: int, params: Params, threads: int
) -> Factorised:
    """Return the factors of what was bought so far; `params` are the recipe's `als`."""
    known = logged(frequency(history, HALF_LIFE))[:, pool]
    components = max(1, min(int(params["components"]), min(known.shape) - 1))
    factors = ImplicitALS(params, threads=threads).factorise(known, components)
    return Factorised("als", depth, factors)
