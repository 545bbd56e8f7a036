"""How NeuMF scores, with numpy alone: a weighted product of vectors beside a small network."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np

from aisle.core.artifact import Array


@dataclass(frozen=True)
class MixedScores:
    """score = (users * items) @ product_weights + net(user_inner + item_inner) + item_biases.

    The first layer of the network is linear in user and item, so each one's part is kept ready.
    """

    user_factors: np.ndarray  # users x factors
    item_factors: np.ndarray  # pool x factors; the product's weights are multiplied in
    user_inner: np.ndarray  # users x inner
    item_inner: np.ndarray  # pool x inner; the first layer's bias is added in
    second_weight: np.ndarray  # outer x inner
    second_bias: np.ndarray  # outer
    last_weight: np.ndarray  # outer
    item_biases: np.ndarray  # pool

    def scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return users x pool."""
        scores: np.ndarray = self.user_factors[user_index] @ self.item_factors.T
        scores += self.item_biases
        inner = np.empty_like(self.item_inner)
        for place, user in enumerate(user_index):
            np.add(self.item_inner, self.user_inner[user], out=inner)
            outer = np.maximum(inner, 0, out=inner) @ self.second_weight.T
            outer += self.second_bias
            scores[place] += np.maximum(outer, 0, out=outer) @ self.last_weight
        return scores

    def arrays(self) -> dict[str, Array]:
        """Return all parts by name."""
        return asdict(self)

    @classmethod
    def restored(cls, arrays: Mapping[str, Array]) -> "MixedScores":
        """Return what `arrays` gave."""
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})
