"""A newcomer known only by features gets a vector, without training: the sum of theirs."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aisle.core.artifact import Array
from aisle.core.feature_values import Counts
from aisle.core.preparation import Preparation
from training.models.features import feature_matrix, summing_to_one

log = logging.getLogger(__name__)

TOLD = ("not_finite", "wrong_type", "unseen")
PREPARATION = "user_preparation"
VECTORS = "user_feature_vectors"

Features = Mapping[str, Any]


@dataclass(frozen=True)
class FoldIn:
    """How LightFM's user features are prepared, and what it learned about each."""

    preparation: Preparation
    vectors: np.ndarray  # user features x components, float32
    counts: Counts = field(default_factory=Counts)  # of all that was odd since the model is loaded

    def vector(self, features: Features) -> np.ndarray | None:
        """Return the components of a user with these features; None if none of them says anything.

        Features have the names of training's columns; `attributes` is JSON text or a mapping. It is
        the vector of a user with the same features and no purchases in training, bit for bit.
        """
        prepared = self.preparation.apply({name: [value] for name, value in features.items()}, 1)
        self._tell(prepared.counts)
        row = summing_to_one(feature_matrix(prepared))
        if row.nnz == 0:
            return None
        vector: np.ndarray = np.asarray(row @ self.vectors, dtype=np.float32)[0]
        return vector

    def _tell(self, counts: Counts) -> None:
        """Count what was odd, and log each kind of it once: requests are many."""
        for (reason, column), count in counts.by_reason.items():
            if reason in TOLD and not self.counts.by_reason[reason, column]:
                log.warning("a feature to fold in, %s, was %s", column, reason.replace("_", " "))
            self.counts.add(reason, column, count)

    def document(self) -> dict[str, Any]:
        """Return what goes into the artifact's JSON."""
        return {PREPARATION: self.preparation.document()}

    def arrays(self) -> dict[str, Array]:
        """Return what goes into the artifact's arrays."""
        return {VECTORS: self.vectors}

    @classmethod
    def restored(cls, document: Mapping[str, Any], arrays: Mapping[str, Array]) -> "FoldIn":
        """Return what `document` and `arrays` gave."""
        return cls(Preparation.from_document(document[PREPARATION]), arrays[VECTORS])
