"""The vectors of items' texts."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd

from aisle.embeddings.cache import VectorCache, as_keys, cache_folder, text_keys
from aisle.embeddings.choice import text_encoder
from aisle.embeddings.encoder import Encoder
from aisle.embeddings.encoding import OnDone, encode_texts
from aisle.embeddings.items import bought_together, item_texts, texts_without_category
from aisle.embeddings.publication import TEXT_PROJECTION, TEXT_VECTORS
from aisle.embeddings.reduction import Projection
from aisle.embeddings.size_choice import (
    FEWEST_QUERIES,
    SizeChoice,
    choose_size,
    shares_category,
    was_bought_with,
)
from aisle.embeddings.table import ItemVectors, Places, item_vectors
from aisle.embeddings.workplace import Workplace

JUDGED_TEXTS = 4000
SEED = 0


def text_table(
    work: Workplace, items: pd.DataFrame, marts: duckdb.DuckDBPyConnection, on_done: OnDone
) -> dict[str, Any]:
    """Write the vectors of the items' texts; return what the manifest says of them."""
    texts = item_texts(items)
    described = items.assign(text=texts)[texts != ""]
    unique = list(dict.fromkeys(described["text"]))
    encoder = text_encoder(work.text_encoder, unique)
    cache = VectorCache(cache_folder(work.cache, encoder))
    places = Places(TEXT_VECTORS, TEXT_PROJECTION, encoder.name, encoder.revision, work.before)
    encoded = encode_texts(encoder, unique, cache, on_done)
    by_text = dict(zip(unique, [key.decode() for key in encoded.keys.tolist()], strict=True))
    now = described.assign(content=described["text"].map(by_text))

    def choose(projection: Projection) -> SizeChoice:
        return _choose(projection, described, marts, encoder, cache)

    table = item_vectors(now, encoded, cache, places, choose)
    facts = table.write(work.folder, places)
    _tidy(cache, table, described)
    return facts | {
        "without_text": len(items) - len(described),
        "texts": len(unique),
        "computed": encoded.computed,
    }


def _choose(
    projection: Projection,
    described: pd.DataFrame,
    marts: duckdb.DuckDBPyConnection,
    encoder: Encoder[str],
    cache: VectorCache,
) -> SizeChoice:
    """Judge by categories, which are held out of the text; else by what is bought together."""
    judged = _judged(described)
    judge = shares_category(judged["category"].tolist())
    if judge.queries < FEWEST_QUERIES <= len(described):
        judged = _shuffled(described.drop_duplicates("text"))
        companions = bought_together(marts, judged["item_id"].tolist())
        judge = was_bought_with(judged["item_id"].tolist(), companions)
    if judge.queries < FEWEST_QUERIES:
        return choose_size(projection, np.zeros((0, projection.width), np.float32), judge)
    vectors = encode_texts(encoder, judged["text"].tolist(), cache, lambda count: None).vectors
    return choose_size(projection, vectors, judge)


def _judged(described: pd.DataFrame) -> pd.DataFrame:
    """Return some items with a category, and as `text` theirs without it, each text once."""
    held_out = described.assign(text=texts_without_category(described))
    usable = held_out[(held_out["text"] != "") & held_out["category"].notna()]
    return _shuffled(usable.drop_duplicates("text"))


def _shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sample(min(JUDGED_TEXTS, len(rows)), random_state=SEED)


def _tidy(cache: VectorCache, table: ItemVectors, described: pd.DataFrame) -> None:
    """Keep what the table uses, and the texts that judge a size."""
    used = table.versions["content"].to_numpy(dtype=bytes)
    judging = text_keys(_judged(described)["text"].tolist())
    cache.tidy(np.unique(np.concatenate([as_keys(used.tolist()), judging])))
