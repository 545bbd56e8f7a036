"""From vectors to scores: a pool of active items by dot product, all other items below them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.base import Params
from training.models.history import recent_popularity
from training.models.lightfm_fit import Vectors


@dataclass(frozen=True)
class Below:
    """Where items stand that a network knows nothing of: below its own, by popularity."""

    pool: np.ndarray  # indices of the network's items
    depth: np.ndarray  # all items: 0 of the pool's, else in (1, 2], less for more popular ones

    @classmethod
    def of(cls, pool: np.ndarray, popularity: np.ndarray) -> "Below":
        """Return the order of a catalogue of which `pool` is active."""
        depth = np.empty(popularity.size, dtype=np.float32)
        order = np.argsort(-popularity, kind="stable")
        depth[order] = 1 + np.arange(1, order.size + 1) / max(order.size, 1)
        depth[pool] = 0
        return cls(pool, depth)

    def everywhere(self, scores: np.ndarray) -> np.ndarray:
        """Return users x all items from users x pool."""
        everywhere: np.ndarray = scores.min(axis=1, keepdims=True, initial=0) - self.depth
        everywhere[:, self.pool] = scores
        return everywhere


def starting_biases(popularity: np.ndarray) -> np.ndarray:
    """Return log popularity around zero: a network that starts from it need not learn it."""
    biases = np.log1p(popularity)
    centred: np.ndarray = (biases - biases.mean()).astype(np.float32) if biases.size else biases
    return centred


def popularity_of(dataset: Dataset, params: Params) -> np.ndarray:
    """Return what those are recommended of whom a network knows nothing."""
    return recent_popularity(dataset, int(params["window_days"]))


def vector_arrays(vectors: Vectors) -> dict[str, Array]:
    """Return vectors as arrays under names that `vectors_from` knows."""
    return {
        "user_vectors": vectors.users,
        "item_vectors": vectors.items,
        "item_biases": vectors.item_biases,
    }


def vectors_from(arrays: Mapping[str, Array]) -> Vectors:
    """Return the vectors that `vector_arrays` took apart."""
    return Vectors(arrays["user_vectors"], arrays["item_vectors"], arrays["item_biases"])
