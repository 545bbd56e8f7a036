"""The best k of a few items, where their scores prove that no other item can be among them."""

from dataclasses import dataclass

import numpy as np

from aisle.core.ranking import top_k


@dataclass(frozen=True)
class Leading:
    """Scores of some items of one user; each other item scores `others` at most."""

    items: np.ndarray  # item indices, in order
    scores: np.ndarray  # float32, as `score_users` would give them
    others: np.float32

    def without(self, hidden: np.ndarray) -> "Leading":
        """Return the same with minus infinity for `hidden` items, of which some may be others."""
        if not hidden.size or not self.items.size:
            return self
        places = np.minimum(np.searchsorted(self.items, hidden), self.items.size - 1)
        scores = self.scores.copy()
        scores[places[self.items[places] == hidden]] = -np.inf
        return Leading(self.items, scores, self.others)

    def best(self, k: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return indices and scores of the k best of all items; None where others may be there.

        An item that scores as much as the best of the others is no proof: the position would
        decide between the two.
        """
        places = top_k(self.scores, k)
        if places.size < k or k < 1 or not self.scores[places[-1]] > self.others:
            return None
        return self.items[places], self.scores[places]
