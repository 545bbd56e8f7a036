"""The published tables behind feature views, read without Feast: the newest row of each key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

if TYPE_CHECKING:
    from feast import FeatureView

EARLIEST = datetime(1970, 1, 1)


@dataclass(frozen=True)
class FeatureTable:
    """Where the rows of a view are, and which of its columns say whose, when and what."""

    path: Path
    keys: tuple[str, ...]
    moment: str
    features: tuple[str, ...]
    earliest: datetime  # rows before it are too old at the time of asking

    def rows(self, until: datetime, only: Mapping[str, Sequence[str]] | None = None) -> pa.Table:
        """Return all rows that hold at `until`; `only` those with one of some ids by key column."""
        moment = self._moment()
        wanted = (moment <= pa.scalar(until)) & (moment >= pa.scalar(self.earliest))
        for key, ids in (only or {}).items():
            wanted &= ds.field(key).isin(list(ids))
        return ds.dataset(self.path).to_table([*self.keys, self.moment, *self.features], wanted)

    def newest(
        self, until: datetime, only: Mapping[str, Sequence[str]] | None = None
    ) -> pd.DataFrame:
        """Return the newest row of each key that holds at `until`, indexed by the keys."""
        return self.newest_dated(until, only)[list(self.features)]

    def newest_dated(
        self, until: datetime, only: Mapping[str, Sequence[str]] | None = None
    ) -> pd.DataFrame:
        """Return the same with the moment of each row, in the table's own column."""
        rows = self.rows(until, only)
        order = [(self.moment, "ascending")]
        frame: pd.DataFrame = rows.sort_by(order).to_pandas(types_mapper=_nullable.get)
        frame = frame.drop_duplicates(list(self.keys), keep="last")
        return frame.set_index(list(self.keys))

    def known_keys(self, until: datetime) -> pd.DataFrame:
        """Return each key that any row up to `until` has, the too old ones too."""
        wanted = self._moment() <= pa.scalar(until)
        rows = ds.dataset(self.path).to_table(list(self.keys), wanted)
        known: pd.DataFrame = rows.group_by(list(self.keys)).aggregate([]).to_pandas()
        return known

    def _moment(self) -> ds.Expression:
        return ds.field(self.moment).cast(pa.timestamp("us"))


# Without these a whole number becomes a float where one of them is null.
_nullable: dict[Any, Any] = {
    pa.int64(): pd.Int64Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def dated(rows: pa.Table, index: Sequence[str]) -> pd.DataFrame:
    """Return rows of a table as a frame, indexed by keys and moment."""
    frame: pd.DataFrame = rows.to_pandas(types_mapper=_nullable.get)
    return frame.set_index(list(index), drop=False)


def table_of(view: "FeatureView", now: datetime, folder: Path | None = None) -> FeatureTable:
    """Return the table of a view, with what its time to live leaves at `now` (naive UTC).

    `folder` is a publication to read instead of the one that is current.
    """
    path = Path(view.batch_source.path)
    return FeatureTable(
        path=path if folder is None else folder / path.name,
        keys=tuple(view.join_keys),
        moment=view.batch_source.timestamp_field,
        features=tuple(feature.name for feature in view.features),
        earliest=now - view.ttl if view.ttl else EARLIEST,
    )
