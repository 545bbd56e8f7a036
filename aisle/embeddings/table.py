"""From vectors of contents to the table of items: versions in time, fewer dimensions, figures."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aisle.core.errors import AisleError
from aisle.embeddings.cache import Keys, VectorCache
from aisle.embeddings.encoder import Vectors
from aisle.embeddings.encoding import Encoded
from aisle.embeddings.publication import read_versions, write_vectors
from aisle.embeddings.reduction import (
    Projection,
    fit_projection,
    load_projection,
    save_projection,
)
from aisle.embeddings.size_choice import SizeChoice
from aisle.embeddings.versions import merge_versions

log = logging.getLogger(__name__)

GROWTH = 1.25  # a basis holds until the catalogue is so many times as large, or as small
ChooseSize = Callable[[Projection], SizeChoice]


@dataclass(frozen=True)
class Places:
    """Where one kind of vectors is written, and what they are of."""

    vectors: str
    projection: str
    encoder: str
    revision: str
    before: Path | None  # the publication before


@dataclass(frozen=True)
class ItemVectors:
    """Rows of item_id, known_at and content; row i has `vectors[row_places[i]]`."""

    versions: pd.DataFrame
    row_places: NDArray[np.int64]
    vectors: Vectors
    projection: Projection
    fitted: dict[str, Any]

    def write(self, folder: Path, places: Places) -> dict[str, Any]:
        """Write the vectors and their projection; return what the manifest says of them."""
        write_vectors(folder / places.vectors, self.versions, self.row_places, self.vectors)
        save_projection(folder / places.projection, self.projection, self.fitted)
        return {
            **self.fitted,
            "dimensions": self.projection.size,
            "basis": self.projection.basis,
            "items": int(self.versions["item_id"].nunique()),
            "rows": len(self.versions),
        }


def item_vectors(
    now: pd.DataFrame, encoded: Encoded, cache: VectorCache, places: Places, choose: ChooseSize
) -> ItemVectors:
    """Return the table of `now` (item_id, known_at, content), with what was known earlier."""
    before = places.before / places.vectors if places.before else None
    versions = merge_versions(read_versions(before) if before else now.iloc[:0], now)
    keys, vectors = _with_earlier(versions, encoded, cache)
    order = np.argsort(keys)
    wanted = versions["content"].to_numpy(dtype=keys.dtype)
    found = order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)]
    known = keys[found] == wanted
    if not known.all():  # another encoder, or a cache that is gone: only texts of now are known
        log.info("%s rows of earlier contents are left out", f"{int((~known).sum()):,}")
    projection, fitted = _projection(encoded.vectors, places, choose)
    return ItemVectors(
        versions[known].reset_index(drop=True),
        found[known],
        projection(vectors),
        projection,
        fitted,
    )


def _with_earlier(
    versions: pd.DataFrame, encoded: Encoded, cache: VectorCache
) -> tuple[Keys, Vectors]:
    """Return the keys and vectors of now, and those of earlier contents that the cache has."""
    asked = np.unique(versions["content"].to_numpy(dtype=encoded.keys.dtype))
    earlier = np.setdiff1d(asked, encoded.keys)
    if not len(earlier):
        return encoded.keys, encoded.vectors
    vectors, found = cache.find(earlier)
    return (
        np.concatenate([encoded.keys, earlier[found]]),
        np.concatenate([encoded.vectors, vectors[found]]),
    )


def _projection(
    vectors: Vectors, places: Places, choose: ChooseSize
) -> tuple[Projection, dict[str, Any]]:
    """Return the former basis while it holds, so that vectors of two days can be compared."""
    former = _former(places)
    if former is not None and _still_holds(former[1], places, len(vectors)):
        return former
    projection = fit_projection(vectors)
    choice = choose(projection)
    fitted = {
        "encoder": places.encoder,
        "revision": places.revision,
        "fitted_on": len(vectors),
        "size_choice": choice.as_document(),
    }
    return projection.cut(choice.dimensions), fitted


def _former(places: Places) -> tuple[Projection, dict[str, Any]] | None:
    folder = places.before / places.projection if places.before else None
    if folder is None or not folder.exists():
        return None
    try:
        return load_projection(folder)
    except AisleError as error:
        log.warning("The former projection cannot be used and is fitted again: %s", error)
        return None


def _still_holds(fitted: dict[str, Any], places: Places, rows: int) -> bool:
    same = (fitted["encoder"], fitted["revision"]) == (places.encoder, places.revision)
    before = int(fitted["fitted_on"])
    return same and before <= rows * GROWTH and rows <= before * GROWTH
