"""Every feature view's values for rows of users and items, as they were known at a cutoff."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aisle.core.columns import ITEM_ID, USER_ID
from aisle.core.errors import AisleError
from aisle.core.feature_values import Counts, expanded

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView

EVENT_TIMESTAMP = "event_timestamp"
KNOWN_KEYS = (USER_ID, ITEM_ID)
# What a model made is no feature of the next one, and whose device it is says nothing of taste.
OUTPUTS = ("lists", "identity")
# Known of today only: at a past cutoff they would tell the future.
OF_TODAY = {"item_attributes:is_available", "item_attributes:is_in_catalogue"}


@dataclass(frozen=True)
class Feature:
    """One column of the joined table."""

    view: str
    name: str
    entity: str  # the join keys, such as user_id or user_id, item_id

    @property
    def column(self) -> str:
        """Its name in the table: unlike the bare one it is no other view's."""
        return f"{self.view}__{self.name}"

    @property
    def reference(self) -> str:
        """Its name as Feast spells it."""
        return f"{self.view}:{self.name}"


@dataclass(frozen=True)
class Joined:
    """Features by column, their values for each row, and what was left out and why."""

    features: list[Feature]
    values: pd.DataFrame
    left_out: dict[str, str]


def join_features(
    store: "FeatureStore", rows: pd.DataFrame, cutoff: datetime, progress: Callable[[str], None]
) -> Joined:
    """Return the values of all views for rows of user_id and item_id.

    A view with another key (a category, a segment) is joined as soon as a joined feature of that
    name gives the key; those that never get theirs are left out.
    """
    waiting, left_out = _scalar_features(store)
    table, found = rows.reset_index(drop=True), []
    keys: dict[str, str] = {key: key for key in KNOWN_KEYS}
    while ready := [view for view in waiting if set(view.join_keys) <= set(keys)]:
        for view in ready:
            names = waiting.pop(view)
            entities = pd.DataFrame(
                {key: table[keys[key]].astype("string").astype(object) for key in view.join_keys}
            )
            values = _values(store, view, names, entities, cutoff)
            progress(f"{values.shape[1]} features of {view.name} as of {cutoff}")
            entity = ", ".join(view.join_keys)
            features = [Feature(view.name, str(name), entity) for name in values]
            columns = {feature.name: feature.column for feature in features}
            table = pd.concat([table, values.rename(columns=columns)], axis=1)
            found += features
            keys = {**columns, **keys}
    for view in waiting:
        lacking = sorted(set(view.join_keys) - set(keys))
        left_out[view.name] = f"no feature gives its key {', '.join(lacking)}"
    if not found:
        raise AisleError(
            "Feast knows no view whose key is user_id or item_id: run `aisle apply-features`."
        )
    return Joined(found, table[[feature.column for feature in found]], left_out)


def _scalar_features(
    store: "FeatureStore",
) -> "tuple[dict[FeatureView, list[str]], dict[str, str]]":
    """Return the features that are one value each, by view, and what was left out."""
    chosen: dict[FeatureView, list[str]] = {}
    left_out: dict[str, str] = {}
    for view in sorted(store.list_feature_views(), key=lambda view: str(view.name)):
        reason = _unfit(view)
        if reason:
            left_out[view.name] = reason
            continue
        names = []
        for feature in view.features:
            reference = f"{view.name}:{feature.name}"
            if reference in OF_TODAY:
                left_out[reference] = "known of today only"
            elif "Array" in str(feature.dtype):
                left_out[reference] = "an array is no single value"
            else:
                names.append(feature.name)
        if names:
            chosen[view] = names
    return chosen, left_out


def _unfit(view: "FeatureView") -> str | None:
    kind = (view.tags or {}).get("kind")
    if kind in OUTPUTS:
        return f"views of kind {kind} hold no features of taste"
    path = getattr(view.batch_source, "path", None)
    if path and not Path(path).exists():
        return f"nothing is published for it ({Path(path).name})"
    return None


def _values(
    store: "FeatureStore",
    view: "FeatureView",
    names: list[str],
    rows: pd.DataFrame,
    cutoff: datetime,
) -> pd.DataFrame:
    """Return one view's features for rows of its keys, by a point-in-time join.

    What was written after the cutoff is not known. JSON attributes become a feature for each key.
    """
    keys = list(view.join_keys)
    asked = rows.dropna().drop_duplicates()
    if asked.empty:
        return pd.DataFrame(None, index=rows.index, columns=names, dtype=object)
    entities = asked.assign(**{EVENT_TIMESTAMP: pd.Timestamp(cutoff)})
    references = [f"{view.name}:{name}" for name in names]
    joined = store.get_historical_features(
        entities, references, full_feature_names=True, filter_by_created_timestamp=True
    ).to_df()
    if len(joined) != len(asked):
        raise AisleError(
            f"Feast returned {len(joined)} rows of {view.name} for {len(asked)} keys at {cutoff}: "
            "its table has two rows of one key and time. See `aisle check marts`."
        )
    joined[keys] = joined[keys].astype(str)
    known = rows.merge(joined, on=keys, how="left", sort=False)
    values = expanded({name: _plain(known[f"{view.name}__{name}"]) for name in names}, Counts())
    return pd.DataFrame(values, index=rows.index)


def _plain(values: pd.Series) -> Any:
    """Return a column as numpy has it: numbers with gaps as floats, not as objects."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    return values.to_numpy()
