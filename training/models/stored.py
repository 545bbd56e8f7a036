"""What a fitted model of any family is as a folder: its arrays and one JSON document."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array, load_artifact, save_artifact
from aisle.core.errors import AisleError
from training.models.base import Params
from training.models.occasion import Occasion
from training.models.sparse_rows import matrix_arrays, matrix_from

SEEN = "seen"


class StoredRecommender(ABC):
    """Knows users and items by id, and what it may not show; a family says what it learned."""

    family: ClassVar[str]

    def __init__(self, params: Params, *, threads: int = 1) -> None:
        self.params = dict(params)
        self.threads = threads
        self.user_ids: np.ndarray = np.empty(0, dtype=object)
        self.item_ids: np.ndarray = np.empty(0, dtype=object)
        self._seen: sparse.csr_matrix | None = None  # items hidden from their user, if any are
        self._occasion = Occasion()

    def save(self, folder: Path) -> Path:
        """Write arrays and JSON to `folder`, atomically, and return it."""
        learned = {**self._document(), **self._occasion.document()}
        document = {"family": self.family, "params": self.params, **learned}
        arrays = {"user_ids": self.user_ids, "item_ids": self.item_ids, **self._arrays()}
        if self._seen is not None:
            arrays |= matrix_arrays(SEEN, self._seen)
        arrays |= self._occasion.arrays()
        return save_artifact(folder, document, arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the model saved in `folder`."""
        document, arrays = load_artifact(folder)
        if document.get("family") != cls.family:
            raise AisleError(
                f"{folder} holds a model of family {document.get('family')!r}, not {cls.family!r}: "
                "load it with training.models.families.load_recommender."
            )
        model = cls(document["params"])
        model.user_ids = arrays.pop("user_ids").astype(object)
        model.item_ids = arrays.pop("item_ids").astype(object)
        shape = (model.user_ids.size, model.item_ids.size)
        if is_hiding_seen(model.params):
            model._seen = matrix_from(SEEN, arrays, shape)
        model._occasion = Occasion.restored(model.params, document, arrays, shape)
        model._restore(document, arrays)
        return model

    def _document(self) -> dict[str, Any]:
        """Return what was learned and is no array, as JSON content."""
        return {}

    @abstractmethod
    def _arrays(self) -> dict[str, Array]:
        """Return what was learned, as arrays by name."""

    @abstractmethod
    def _restore(self, document: Mapping[str, Any], arrays: dict[str, Array]) -> None:
        """Take back what `_document` and `_arrays` gave."""


def is_hiding_seen(params: Params) -> bool:
    """Return whether validation decided that items a user has met are not to be shown."""
    return bool(params.get("chosen", {}).get("hide_seen", False))
