"""Texts and pictures of items as vectors, since when each text or picture is known.

`aisle embed-items` publishes the files and needs no Feast; a serving process reads them from there.
The sources are push sources so that Feast need not find the files; nothing is pushed.
Vectors of one `basis` (see the publication's manifest) can be compared with each other, no others.
"""

import os
from pathlib import Path

from entities import OWNER, item
from feast import FeatureView, Field, FileSource, PushSource
from feast.types import Array, Float32
from views import ITEMS_ONLINE, UNTIL_REPLACED

EMBEDDINGS = Path(os.environ["AISLE_HOME"]) / "embeddings" / "current"


def pushed(table: str, description: str) -> PushSource:
    """Return the source of one file of vectors."""
    return PushSource(
        name=table,
        batch_source=FileSource(
            name=f"{table}_file",
            path=str(EMBEDDINGS / f"{table}.parquet"),
            timestamp_field="known_at",
        ),
        description=description,
    )


item_text_embedding = FeatureView(
    name="item_text_embedding",
    entities=[item],
    source=pushed("item_text_embeddings", "One row per item and content of its text."),
    online=ITEMS_ONLINE,
    ttl=UNTIL_REPLACED,
    schema=[
        Field(
            name="vector",
            dtype=Array(Float32),
            description="title, category and description as a vector of unit length",
        )
    ],
    description="What an item's text means, since the text is known; null for an item without one.",
    owner=OWNER,
    tags={"entity": "item", "kind": "embedding", "personal_data": "no"},
)

item_image_embedding = FeatureView(
    name="item_image_embedding",
    entities=[item],
    source=pushed("item_image_embeddings", "One row per item and picture."),
    online=ITEMS_ONLINE,
    ttl=UNTIL_REPLACED,
    schema=[
        Field(
            name="vector",
            dtype=Array(Float32),
            description="the product picture as a vector of unit length",
        )
    ],
    description="What an item looks like, since its picture is known; null without a usable one.",
    owner=OWNER,
    tags={"entity": "item", "kind": "embedding", "personal_data": "no"},
)
