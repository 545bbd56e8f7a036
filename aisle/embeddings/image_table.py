"""The vectors of items' pictures."""

from typing import Any

import numpy as np
import pandas as pd

from aisle.embeddings.cache import VectorCache, as_keys, cache_folder
from aisle.embeddings.choice import image_encoder
from aisle.embeddings.encoding import Encoded, OnDone
from aisle.embeddings.images import SEEN, EncodedImages, ImageEncoding
from aisle.embeddings.pixels import PREPARATION
from aisle.embeddings.publication import BROKEN_IMAGES, IMAGE_PROJECTION, IMAGE_VECTORS
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
    if not images.keys:
        return facts
    now = pictured.assign(content=pictured["image_url"].map(images.keys)).dropna(subset="content")
    now = now.assign(content=now["content"].map(bytes.decode))
    encoded = _encoded(images)

    def choose(projection: Projection) -> SizeChoice:
        judged = now.dropna(subset="category").drop_duplicates("content")
        judged = judged.sample(min(JUDGED_IMAGES, len(judged)), random_state=SEED)
        vectors = [images.vectors[content.encode()] for content in judged["content"]]
        stacked = np.array(vectors, dtype=np.float32).reshape(len(judged), -1)
        return choose_size(projection, stacked, shares_category(judged["category"].tolist()))

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


def _encoded(images: EncodedImages) -> Encoded:
    keys = sorted(set(images.keys.values()))
    return Encoded(as_keys(keys), np.stack([images.vectors[key] for key in keys]), images.computed)
