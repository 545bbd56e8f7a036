"""The vectors of items' pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aisle.embeddings.cache import VectorCache, as_keys, cache_folder
from aisle.embeddings.choice import image_encoder
from aisle.embeddings.encoding import Encoded, OnDone
from aisle.embeddings.images import SEEN, EncodedImages, ImageEncoding
from aisle.embeddings.pixels import PREPARATION
from aisle.embeddings.publication import (
    BROKEN_IMAGES,
    IMAGE_PROJECTION,
    IMAGE_VECTORS,
    read_versions,
)
from aisle.embeddings.reduction import Projection
from aisle.embeddings.size_choice import SizeChoice, choose_size, shares_category
from aisle.embeddings.table import Places, item_vectors
from aisle.embeddings.workplace import Workplace

SEED = 0
JUDGED_IMAGES = 4000


def image_table(work: Workplace, items: pd.DataFrame, on_done: OnDone) -> dict[str, Any] | None:
    """Write the vectors of the items' pictures; return what the manifest says, None without."""
    encoder = image_encoder(work.image_encoder)
    pictured = items[items["image_url"].notna()]
    if encoder is None or pictured.empty:
        return None
    cache = VectorCache(cache_folder(work.cache, encoder, PREPARATION))
    places = Places(IMAGE_VECTORS, IMAGE_PROJECTION, encoder.name, encoder.revision, work.before)
    seen_file = cache_folder(work.cache, encoder, PREPARATION) / SEEN
    images = ImageEncoding(encoder, work.images, cache, seen_file).run(
        _stamps(work, pictured), on_done
    )
    broken = _broken(pictured, images)
    broken.to_parquet(work.folder / BROKEN_IMAGES, index=False)
    facts = {"broken": len(broken), "computed": images.computed, "pictures": len(images.vectors)}
    now = _now(pictured, images, work.before)
    encoded, now = _encoded(images, now, cache)
    if now.empty:
        return facts

    def choose(projection: Projection) -> SizeChoice:
        judged = now.dropna(subset="category").drop_duplicates("content")
        judged = judged.sample(min(JUDGED_IMAGES, len(judged)), random_state=SEED)
        places = np.searchsorted(encoded.keys, judged["content"].to_numpy(encoded.keys.dtype))
        judge = shares_category(judged["category"].tolist())
        return choose_size(projection, encoded.vectors[places], judge)

    table = item_vectors(now, encoded, cache, places, choose)
    written = table.write(work.folder, places)
    cache.tidy(as_keys(sorted({content.encode() for content in table.versions["content"]})))
    return written | facts


def _stamps(work: Workplace, pictured: pd.DataFrame) -> dict[str, str]:
    """Return what says of each picture whether it may have changed."""
    newest = pictured.groupby("image_url", sort=False)["known_at"].max()
    return {
        str(location): work.images.stamp(str(location), known_at.isoformat())
        for location, known_at in newest.items()
    }


def _broken(pictured: pd.DataFrame, images: EncodedImages) -> pd.DataFrame:
    """Return item_id, image_url and reason of each picture that could not be used."""
    rows = pictured[pictured["image_url"].isin(images.broken)][["item_id", "image_url"]]
    return rows.assign(reason=rows["image_url"].map(images.broken).astype("object"))


def _now(pictured: pd.DataFrame, images: EncodedImages, before: Path | None) -> pd.DataFrame:
    """Return the items with what their picture is; a broken one's is the last that was not."""
    contents = pictured["image_url"].map({at: key.decode() for at, key in images.keys.items()})
    read = pictured.assign(content=contents).dropna(subset="content")
    former = read_versions(before / IMAGE_VECTORS) if before else read.iloc[:0]
    newest = former.drop_duplicates("item_id", keep="last")[["item_id", "known_at", "content"]]
    unread = pictured[~pictured["item_id"].isin(read["item_id"])].drop(columns="known_at")
    return pd.concat([read, unread.merge(newest, on="item_id")]).sort_values("item_id")


def _encoded(
    images: EncodedImages, now: pd.DataFrame, cache: VectorCache
) -> tuple[Encoded, pd.DataFrame]:
    """Return the vectors by key, and the items whose picture has one."""
    keys = as_keys(sorted({content.encode() for content in now["content"]}))
    vectors, found = cache.find(keys)
    encoded = Encoded(keys[found], vectors[found], images.computed)
    is_known = now["content"].isin([key.decode() for key in encoded.keys.tolist()])
    return encoded, now[is_known]
