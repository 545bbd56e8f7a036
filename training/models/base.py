"""The protocol all rivals share: fit on a dataset, recommend by user id, save as arrays."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from training.dataset import Dataset

Params = Mapping[str, Any]
Exclusions = Mapping[str, Collection[str]]

POPULAR = "popular"
PERSONAL = "personal"
COLLABORATIVE = "collaborative"
HYBRID = "hybrid"
SEGMENT = "segment"
CONTENT = "content"


@dataclass(frozen=True)
class CurvePoint:
    """One value of a curve, such as validation NDCG after an epoch."""

    name: str
    step: int
    value: float


class Recommender(Protocol):
    """Ranks the whole catalogue for a user. Only `fit` may need more than numpy, pandas, scipy."""

    user_ids: np.ndarray  # text, sorted
    item_ids: np.ndarray  # text, sorted

    def fit(self, dataset: Dataset) -> Self:
        """Learn from everything in `dataset` and return self."""
        ...

    def recommend(
        self,
        user_ids: Collection[str],
        k: int,
        *,
        candidates: Collection[str] | None = None,
        exclude: Exclusions | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return up to k rows a user: user_id, item_id, score, rank (from 1), source.

        `candidates` limits everybody to these items; `exclude` maps a user to items not to show.
        A user nobody knows gets popular items with source "popular". `context` describes the
        request (placement, session); families that have no use for it ignore it.
        """
        ...

    def score(
        self, user_ids: Collection[str], item_ids: Collection[str] | None = None
    ) -> np.ndarray:
        """Return float32 scores, users x items; all items in the order of `item_ids` if None."""
        ...

    def save(self, folder: Path) -> Path:
        """Write arrays and JSON to `folder`, atomically, and return it."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the model saved in `folder`."""
        ...
