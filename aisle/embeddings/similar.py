"""What is near an item, or near words that no item has yet: exact, for a person to see."""

import numpy as np
import pandas as pd

from aisle.core.columns import CATEGORY, ITEM_ID, RANK, SCORE, TITLE
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection
from aisle.embeddings.choice import text_encoder
from aisle.embeddings.encoder import Vectors
from aisle.embeddings.items import item_texts, plain_texts, read_items
from aisle.embeddings.publication import (
    IMAGE_VECTORS,
    TEXT_PROJECTION,
    TEXT_VECTORS,
    published_embeddings,
    read_current,
    read_embeddings_manifest,
)
from aisle.embeddings.reduction import load_projection

FILES = {"text": TEXT_VECTORS, "image": IMAGE_VECTORS}
COLUMNS = [RANK, ITEM_ID, TITLE, CATEGORY, SCORE]


def similar_to_item(settings: Settings, item_id: str, k: int, by: str = "text") -> pd.DataFrame:
    """Return the k items nearest to one by `text` or `image`: rank, id, title, category, cosine.

    Items with the same title stand for one another: only the nearest of them is listed, and none
    with the title of the item itself.
    """
    items, vectors = read_current(published_embeddings(settings) / FILES[by])
    if item_id not in items:
        raise AisleError(
            f'Item {item_id!r} has no {by} vector: see `aisle sql "from dim_items"` for ids; '
            "one that was added since needs `aisle embed-items`."
        )
    catalogue = _catalogue(settings)
    own = catalogue.loc[catalogue[ITEM_ID] == item_id, TITLE]
    ranked = _ranked(catalogue, items, vectors @ vectors[items.index(item_id)])
    others = ranked[(ranked[ITEM_ID] != item_id) & ~ranked[TITLE].isin(own)]
    return _first(others, k)


def similar_to_text(settings: Settings, words: str, k: int) -> pd.DataFrame:
    """Return the k items nearest to words, such as the title and category of a new item."""
    folder = published_embeddings(settings)
    catalogue = _catalogue(settings)
    texts = [text for text in item_texts(catalogue) if text]
    encoder = text_encoder(settings.text_encoder, texts)
    published = read_embeddings_manifest(folder)["text"]
    if published.get("revision") != encoder.revision:
        raise AisleError(
            f"The vectors in {folder} were not made by AISLE_TEXT_ENCODER="
            f"{settings.text_encoder} as it is now: run `aisle embed-items`."
        )
    projection, _ = load_projection(folder / TEXT_PROJECTION)
    plain = str(plain_texts(pd.Series([words])).iloc[0])
    query = projection(encoder.encode([plain]))[0]
    if not query.any():
        raise AisleError(f"{words!r} holds no word that {encoder.name} knows: use other words.")
    items, vectors = read_current(folder / TEXT_VECTORS)
    return _first(_ranked(catalogue, items, vectors @ query), k)


def _catalogue(settings: Settings) -> pd.DataFrame:
    with published_connection(settings) as marts:
        return read_items(marts)


def _ranked(catalogue: pd.DataFrame, items: list[str], cosines: Vectors) -> pd.DataFrame:
    scored = pd.DataFrame({ITEM_ID: items, SCORE: np.round(cosines, 6)})
    known = scored.merge(catalogue[[ITEM_ID, TITLE, CATEGORY]], on=ITEM_ID)
    return known.sort_values([SCORE, ITEM_ID], ascending=[False, True])


def _first(ranked: pd.DataFrame, k: int) -> pd.DataFrame:
    once = ranked.drop_duplicates(TITLE).head(k)
    return once.assign(**{RANK: range(1, len(once) + 1)})[COLUMNS].reset_index(drop=True)
