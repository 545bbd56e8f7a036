"""Whether what is served, what trainings would be told now, and the marts are the same values.

For a random sample of keys of every feature view: the row that a serving process has (online, or
held in memory), the row that Feast's point-in-time join gives for now, and the newest row of the
published mart, read without Feast.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aisle.core.columns import ITEM_ID
from aisle.core.published_features import FeatureTable, table_of
from aisle.serving.features import FeatureReader
from aisle.serving.item_features import ItemFeatures, is_of_single_values
from aisle.serving.neighbours import VECTOR, ItemVectors

if TYPE_CHECKING:
    from feast import FeatureStore, FeatureView

log = logging.getLogger(__name__)

EVENT_TIMESTAMP = "event_timestamp"
Served = Callable[[Mapping[str, str]], Mapping[str, Any]]  # keys → values by feature


@dataclass(frozen=True)
class Difference:
    """One feature of one entity that is not the same everywhere."""

    view: str
    feature: str
    keys: Mapping[str, str]
    served: Any
    joined: Any
    mart: Any

    def __str__(self) -> str:
        """Say what differs, with the three values."""
        return (
            f"{self.view}.{self.feature} of {named(self.keys)}: served {self.served!r}, "
            f"point-in-time join {self.joined!r}, mart {self.mart!r}"
        )


def named(keys: Mapping[str, str]) -> str:
    """Return whose a value is, for people."""
    return ", ".join(f"{key}={value}" for key, value in keys.items())


@dataclass(frozen=True)
class Compared:
    """What one view's comparison covered, and what it found."""

    view: str
    entities: int
    values: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Sides:
    """What is compared: the store, the serving process, and the publication at one moment."""

    store: "FeatureStore"
    reader: FeatureReader
    items: ItemFeatures
    vectors: Mapping[str, ItemVectors]  # by view
    marts: Path  # the pointer that the views' tables are read through
    folder: Path  # the publication that it led to when the comparison began
    now: datetime  # naive UTC

    def table(self, view: "FeatureView") -> FeatureTable:
        """Return the table of a view, in that very publication."""
        is_mart = Path(view.batch_source.path).parent == self.marts
        return table_of(view, self.now, self.folder if is_mart else None)

    def served(self, view: "FeatureView") -> Served | None:
        """Return what a serving process answers for a view; None when it has no use for it."""
        if view.online:
            return lambda keys: self.reader.read_view(view, keys, self.now).values
        if view.join_keys == [ITEM_ID] and is_of_single_values(view):
            return lambda keys: self.items.of_view(view.name, keys[ITEM_ID], self.now).values
        if view.name in self.vectors:
            vectors = self.vectors[view.name]
            return lambda keys: {VECTOR: vectors.of_item(keys[ITEM_ID])}
        return None


def compare_views(sides: Sides, sample: int, seed: int) -> Iterator[Compared]:
    """Yield the comparison of each view that has a published table, over `sample` random keys."""
    views = sorted(sides.store.list_feature_views(), key=lambda view: str(view.name))
    for view in views:
        is_pushed = view.online and view.stream_source  # answers, or newer than any table
        if is_pushed or not sides.table(view).path.exists():
            continue
        compared = _compare(sides, view, sample, seed)
        log.info(
            "%s: %d values of %d entities, %d differ",
            *(view.name, compared.values, compared.entities, len(compared.differences)),
        )
        yield compared


def _compare(sides: Sides, view: "FeatureView", sample: int, seed: int) -> Compared:
    table = sides.table(view)
    known = table.known_keys(sides.now).sort_values(list(table.keys))
    chosen = known.sample(min(sample, len(known)), random_state=seed).reset_index(drop=True)
    if chosen.empty:
        return Compared(view.name, 0, 0, ())
    joined = _joined(sides, view, chosen)
    only = {key: chosen[key].tolist() for key in table.keys}
    mart = table.newest(sides.now, only).reindex(_index(chosen))
    served = sides.served(view)
    differences = []
    for position, row in enumerate(chosen.itertuples(index=False)):
        keys = {key: str(value) for key, value in zip(table.keys, row, strict=True)}
        in_join, in_mart = joined.iloc[position], mart.iloc[position]
        told = served(keys) if served else in_join
        for feature in view.features:
            name = feature.name
            values = [plain(side[name], str(feature.dtype)) for side in (told, in_join, in_mart)]
            if not values[0] == values[1] == values[2]:
                differences.append(Difference(view.name, name, keys, *values))
    return Compared(view.name, len(chosen), len(chosen) * len(view.features), tuple(differences))


def _joined(sides: Sides, view: "FeatureView", chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the point-in-time join for now, in the order of the chosen keys."""
    asked = chosen.assign(**{EVENT_TIMESTAMP: pd.Timestamp(sides.now)})
    wanted = [f"{view.name}:{feature.name}" for feature in view.features]
    frame: pd.DataFrame = sides.store.get_historical_features(asked, wanted).to_df()
    return frame.set_index(list(chosen.columns)).reindex(_index(chosen))


def _index(chosen: pd.DataFrame) -> "pd.Index[Any]":
    columns = list(chosen.columns)
    if len(columns) == 1:
        single: pd.Index[Any] = pd.Index(chosen[columns[0]])
        return single
    index: pd.Index[Any] = pd.MultiIndex.from_frame(chosen)
    return index


def plain(value: Any, dtype: str) -> Any:
    """Return a value as Python has it, null as None, so that equal ones compare as equal.

    `dtype` is what the view says it is: of a Float32, 32 bits count.
    """
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(part, dtype) for part in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (float, np.floating)):
        if np.isnan(value):
            return None
        if "Int" in dtype and value == np.floor(value):  # a column of whole numbers with a null
            return int(value)
        return float(np.float32(value) if "Float32" in dtype else value)
    if isinstance(value, (datetime, pd.Timestamp)):
        moment = pd.Timestamp(value)
        return (moment.tz_convert("UTC").tz_localize(None) if moment.tz else moment).isoformat()
    return value.item() if isinstance(value, np.generic) else value
