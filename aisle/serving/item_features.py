"""What a serving process holds of every item: the newest row of each item view, in memory.

Candidates come by the hundred, and so many reads of the online store would take longer than the
rest of an answer. Views that hold vectors are left to `aisle.serving.neighbours`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aisle.core.columns import CATEGORY, ITEM_ID
from aisle.core.published_features import table_of

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView


ATTRIBUTES_VIEW = "item_attributes"


@dataclass(frozen=True)
class ItemFeatures:
    """One frame per view, indexed by item id; an item without a row that still holds is absent."""

    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def of_item(self, item_id: str) -> dict[str, dict[str, Any]]:
        """Return the features of an item by view; null where nothing is known."""
        return {view: _row(frame, item_id) for view, frame in self.frames.items()}

    def category_of(self, item_id: str) -> str | None:
        """Return the category that the catalogue gives an item, if it does."""
        attributes = self.frames.get(ATTRIBUTES_VIEW)
        if attributes is None or item_id not in attributes.index:
            return None
        category = attributes.at[item_id, CATEGORY]
        return str(category) if category and not pd.isna(category) else None


def item_views(store: "FeatureStore") -> "list[FeatureView]":
    """Return the views of items whose features are single values, sorted by name."""
    views = [view for view in store.list_feature_views() if view.join_keys == [ITEM_ID]]
    return sorted(filter(is_of_single_values, views), key=lambda view: str(view.name))


def is_of_single_values(view: "FeatureView") -> bool:
    """Return whether no feature of a view is an array."""
    from feast.types import Array

    return not any(isinstance(feature.dtype, Array) for feature in view.features)


def read_item_features(store: "FeatureStore", folder: Path, now: datetime) -> ItemFeatures:
    """Return what a publication says of all items at `now` (naive UTC)."""
    views = [view for view in item_views(store) if not view.online]
    return ItemFeatures({view.name: table_of(view, now, folder).newest(now) for view in views})


def _row(frame: pd.DataFrame, item_id: str) -> dict[str, Any]:
    if item_id not in frame.index:
        return dict.fromkeys(frame.columns)
    # Column by column: a row as a whole would make decimals of its whole numbers.
    values = {name: frame.at[item_id, name] for name in frame.columns}
    return {name: None if pd.isna(value) else _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
