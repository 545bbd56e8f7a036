"""What a serving process holds of every item: the newest row of each item view, in memory.

Candidates come by the hundred, and so many reads of the online store would take longer than the
rest of an answer. Views that hold vectors are left to `aisle.serving.neighbours`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aisle.core.columns import CATEGORY, ITEM_ID
from aisle.core.published_features import table_of
from aisle.serving.features import ViewValues

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView


ATTRIBUTES_VIEW = "item_attributes"


@dataclass(frozen=True)
class HeldView:
    """The newest row of each item as one view was read; rows that were too old then are absent."""

    values: pd.DataFrame  # indexed by item id
    moments: "pd.Series[pd.Timestamp]"  # from when each row is, naive UTC
    ttl: timedelta  # zero: a row holds until it is replaced


@dataclass(frozen=True)
class ItemFeatures:
    """What was read of each view of items; how fresh it is, is judged at each request."""

    views: Mapping[str, HeldView] = field(default_factory=dict)

    def of_item(self, item_id: str, now: datetime) -> list[ViewValues]:
        """Return the features of an item, a view after the other, judged at `now` (naive UTC)."""
        return [self.of_view(view, item_id, now) for view in self.views]

    def of_view(self, name: str, item_id: str, now: datetime) -> ViewValues:
        """Return one view of an item; all is null where nothing is known or still holds."""
        view, keys = self.views[name], {ITEM_ID: item_id}
        nothing = dict.fromkeys(view.values.columns)
        if item_id not in view.values.index:
            return ViewValues(name, keys, "missing", values=nothing)
        event_at = view.moments[item_id].to_pydatetime()
        if view.ttl and now - event_at > view.ttl:
            return ViewValues(name, keys, "stale", event_at, nothing)
        return ViewValues(name, keys, "fresh", event_at, _row(view.values, item_id))

    def category_of(self, item_id: str) -> str | None:
        """Return the category that the catalogue gives an item, if it does."""
        attributes = self.views.get(ATTRIBUTES_VIEW)
        if attributes is None or item_id not in attributes.values.index:
            return None
        category = attributes.values.at[item_id, CATEGORY]
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
    return ItemFeatures({view.name: _held(view, folder, now) for view in views})


def _held(view: "FeatureView", folder: Path, now: datetime) -> HeldView:
    table = table_of(view, now, folder)
    rows = table.newest_dated(now)
    return HeldView(rows[list(table.features)], rows[table.moment], view.ttl or timedelta(0))


def _row(frame: pd.DataFrame, item_id: str) -> dict[str, Any]:
    # Column by column: a row as a whole would make decimals of its whole numbers.
    values = {name: frame.at[item_id, name] for name in frame.columns}
    return {name: None if pd.isna(value) else _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
