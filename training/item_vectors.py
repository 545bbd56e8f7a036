"""Vectors of items in a snapshot: the published embeddings, as they were known at a cutoff."""

import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:  # models import datasets, and answer without Arrow
    import pyarrow as pa

PREFIX = "item_vectors_"
PUBLISHED = {"text": "item_text_embeddings.parquet", "image": "item_image_embeddings.parquet"}
ROWS = 16_384


class ItemVectors(Mapping[str, np.ndarray]):
    """The kinds of vectors a snapshot has; a kind is read when it is asked for, and not kept.

    A value is items x dimensions, float32; zeros for an item of which nothing was known.
    """

    def __init__(self, folder: Path, cutoff: datetime, item_ids: np.ndarray) -> None:
        self._folder = folder
        self._cutoff = pd.Timestamp(cutoff)
        self._item_ids = item_ids

    def __getitem__(self, kind: str) -> np.ndarray:
        """Return the newest vectors known before the cutoff."""
        path = vectors_file(self._folder, kind)
        if not path.is_file():
            raise KeyError(kind)
        return known_vectors(path, self._cutoff, self._item_ids)

    def __contains__(self, kind: object) -> bool:
        """Return whether there are vectors of a kind, without reading them."""
        return kind in list(self)

    def __iter__(self) -> Iterator[str]:
        """Yield the kinds there are."""
        return (kind for kind in PUBLISHED if vectors_file(self._folder, kind).is_file())

    def __len__(self) -> int:
        """Return how many kinds there are."""
        return sum(1 for _ in self)


def vectors_file(folder: Path, kind: str) -> Path:
    """Return where a snapshot keeps vectors of a kind."""
    return folder / f"{PREFIX}{kind}.parquet"


def known_vectors(path: Path, cutoff: pd.Timestamp, item_ids: np.ndarray) -> np.ndarray:
    """Return items x dimensions of a published file: each item's newest vector before `cutoff`."""
    import pyarrow.parquet as pq

    keys = pq.read_table(path, columns=["item_id", "known_at"]).to_pandas()
    is_known = (keys["known_at"] < cutoff).to_numpy()
    # Stable, so that of equal moments the row that stands later in the file counts.
    order = keys["known_at"].argsort(kind="stable").to_numpy()
    order = order[is_known[order]]
    newest = pd.Series(order, index=keys["item_id"].to_numpy()[order])
    newest = newest[~newest.index.duplicated(keep="last")]
    row_of_item = newest.reindex(item_ids).to_numpy()
    item_of_row = np.full(len(keys), -1)
    has_one = ~np.isnan(row_of_item)
    item_of_row[row_of_item[has_one].astype(int)] = np.flatnonzero(has_one)
    return _filled(path, item_of_row, item_ids.size)


def _filled(path: Path, item_of_row: np.ndarray, item_count: int) -> np.ndarray:
    """Return the vectors of the rows that belong to an item, batch by batch: all would not fit."""
    import pyarrow.parquet as pq

    filled = np.zeros((item_count, 0), dtype=np.float32)
    start = 0
    for batch in pq.ParquetFile(path).iter_batches(ROWS, columns=["vector"]):
        rows = _dense(batch.column("vector"))
        if filled.shape[1] == 0:
            filled = np.zeros((item_count, rows.shape[1]), dtype=np.float32)
        items = item_of_row[start : start + len(rows)]
        filled[items[items >= 0]] = rows[items >= 0]
        start += len(rows)
    return filled


def _dense(column: "pa.ListArray") -> np.ndarray:
    """Return the lists of a column, all of one length, as rows."""
    return np.asarray(column.flatten(), dtype=np.float32).reshape(len(column), -1)


def keep_vectors(published: Path, folder: Path, kind: str) -> None:
    """Keep a published file in a snapshot's folder: the same file where the disk allows it.

    What is published never changes, so two names of one file are as good as a copy.
    """
    kept = vectors_file(folder, kind)
    try:
        os.link(published, kept)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(published, kept)


def vectors_key(path: Path) -> bytes:
    """Return what tells two files of vectors apart: which content was encoded when known, how long.

    Not the vectors themselves: the same encoder gives them with the last digits of its machine.
    """
    import pyarrow.parquet as pq

    keys = pq.read_table(path, columns=["item_id", "known_at", "content"]).to_pandas()
    keys = keys.sort_values(["item_id", "known_at", "content"])
    first = next(pq.ParquetFile(path).iter_batches(1, columns=["vector"]))
    width = len(first.column("vector")[0])
    return f"{width}".encode() + pd.util.hash_pandas_object(keys, index=False).to_numpy().tobytes()
