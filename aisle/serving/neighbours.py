"""Items near an item: exact search by cosine over the published vectors, in memory.

Feast's own search is not for these stores: on SQLite it loads an extension that Python's sqlite3 is
often built without, and its Redis store has none. So a serving process holds the vectors itself.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aisle.core.published_features import FeatureTable, table_of

if TYPE_CHECKING:
    import faiss
    from feast import FeatureStore

VIEWS = {"text": "item_text_embedding", "image": "item_image_embedding"}  # by what is compared
VECTOR = "vector"
ASK_DEEPER = 4  # times as many items when too many of those that came are left out


@dataclass(frozen=True)
class ItemVectors:
    """Vectors of unit length (items x dimensions) in an index, and whose they are, by row."""

    item_ids: tuple[str, ...]
    row_of: Mapping[str, int]
    index: "faiss.IndexFlatIP"

    def of_item(self, item_id: str) -> NDArray[np.float32] | None:
        """Return the vector of an item; None for one without."""
        row = self.row_of.get(item_id)
        if row is None:
            return None
        return np.asarray(self.index.reconstruct(row))

    def near_item(
        self, item_id: str, k: int, without: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """Return up to k other items with cosines, nearest first; none for an unknown item."""
        vector = self.of_item(item_id)
        return [] if vector is None else self.near(vector, k, {item_id, *without})

    def near(
        self, vector: NDArray[np.float32], k: int, without: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """Return up to k items nearest to a vector of unit length, nearest first, with cosines."""
        depth = k
        while True:
            depth = min(depth * ASK_DEEPER, len(self.item_ids))
            cosines, rows = self.index.search(vector[np.newaxis, :], depth)
            found = [
                (self.item_ids[row], float(cosine))
                for row, cosine in zip(rows[0], cosines[0], strict=True)
                if self.item_ids[row] not in without
            ]
            if len(found) >= k or depth == len(self.item_ids):
                return found[:k]


def read_item_vectors(store: "FeatureStore", now: datetime) -> dict[str, ItemVectors]:
    """Return the vectors that hold at `now` (naive UTC), by view; without views that have none."""
    tables = {
        view.name: table_of(view, now)
        for view in store.list_feature_views()
        if view.name in VIEWS.values()
    }
    found = {
        name: item_vectors(table, now) for name, table in tables.items() if table.path.exists()
    }
    return {name: vectors for name, vectors in found.items() if vectors is not None}


def item_vectors(table: FeatureTable, now: datetime) -> ItemVectors | None:
    """Return the newest vector of each item of a table; None for a table without any."""
    logging.getLogger("faiss").setLevel(logging.WARNING)  # it tells which build it loads
    import faiss

    rows = table.rows(now).sort_by([(table.moment, "ascending")]).drop_null()
    ids = rows[table.keys[0]].to_pylist()
    newest = {item: position for position, item in enumerate(ids)}
    if not newest:
        return None
    chosen = rows.take(pa.array(newest.values()))[VECTOR].combine_chunks()
    vectors = np.asarray(chosen.flatten(), dtype=np.float32).reshape(len(newest), -1)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return ItemVectors(tuple(newest), {item: row for row, item in enumerate(newest)}, index)
