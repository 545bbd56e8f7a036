"""The files that others read: vectors per item and time, projections, a manifest."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aisle.core.errors import AisleError
from aisle.core.publications import MANIFEST, POINTER
from aisle.core.settings import Settings
from aisle.embeddings.encoder import Vectors
from aisle.embeddings.versions import COLUMNS

TEXT_VECTORS = "item_text_embeddings.parquet"
IMAGE_VECTORS = "item_image_embeddings.parquet"
TEXT_PROJECTION, IMAGE_PROJECTION = "text_projection", "image_projection"
BROKEN_IMAGES = "broken_images.parquet"
ROWS = 16_384  # of one row group

SCHEMA = pa.schema(
    [
        ("item_id", pa.string()),
        ("known_at", pa.timestamp("us")),
        ("vector", pa.list_(pa.float32())),
        ("content", pa.string()),
    ]
)


def write_vectors(path: Path, versions: pd.DataFrame, places: Any, vectors: Vectors) -> None:
    """Write item_id, known_at, vector and the content's key; row i has `vectors[places[i]]`."""
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for start in range(0, len(versions), ROWS):
            rows = versions.iloc[start : start + ROWS]
            chosen = vectors[places[start : start + ROWS]]
            offsets = np.arange(len(chosen) + 1, dtype=np.int32) * vectors.shape[1]
            columns = [
                pa.array(rows["item_id"], pa.string()),
                pa.array(rows["known_at"], pa.timestamp("us")),
                pa.ListArray.from_arrays(pa.array(offsets), pa.array(chosen.reshape(-1))),
                pa.array(rows["content"], pa.string()),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=SCHEMA))


def write_no_vectors(path: Path) -> None:
    """Write a file of vectors without a row: readers need not ask whether there is one."""
    pq.write_table(SCHEMA.empty_table(), path)


def read_versions(path: Path) -> pd.DataFrame:
    """Return item_id, known_at and content of a file of vectors; no rows where there is none."""
    if not path.exists():
        return pd.DataFrame({column: [] for column in COLUMNS})
    rows: pd.DataFrame = pq.read_table(path, columns=COLUMNS).to_pandas()
    return rows


def read_current(path: Path) -> tuple[list[str], Vectors]:
    """Return the items of a file of vectors and the newest vector of each."""
    ids: list[str] = []
    parts = [np.zeros((0, 0), dtype=np.float32)]
    for batch in _batches(path):
        ids += batch.column("item_id").to_pylist()
        width = len(batch.column("vector")[0])
        parts.append(batch.column("vector").flatten().to_numpy().reshape(-1, width))
    newest = [place for place, item in enumerate(ids) if ids[place + 1 : place + 2] != [item]]
    vectors = np.concatenate(parts[1:]) if parts[1:] else parts[0]
    return [ids[place] for place in newest], vectors[newest]


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(path).iter_batches(ROWS, columns=["item_id", "vector"])


def current_embeddings(settings: Settings) -> Path | None:
    """Return the folder of the vectors that are published now, if there is one."""
    pointer = settings.embeddings / POINTER
    return pointer.resolve() if pointer.exists() else None


def published_embeddings(settings: Settings) -> Path:
    """Return the folder of the vectors that are published now, or say what to run."""
    folder = current_embeddings(settings)
    if folder is None:
        raise AisleError(
            f"No vectors are published in {settings.embeddings} yet: run `aisle embed-items`."
        )
    return folder


def read_embeddings_manifest(folder: Path) -> dict[str, Any]:
    """Return what a publication of vectors says about itself."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest
