"""A published catalogue with lines of orders, and a Feast that knows vectors of items alone."""

import importlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aisle.core.feature_store import FEATURE_REPO, open_store
from aisle.core.files import point_to, write_json
from aisle.core.settings import Settings
from aisle.pipeline.features import inside_repository

if TYPE_CHECKING:
    from feast import FeatureStore

TIME = pa.timestamp("us")
ITEMS = {
    "item_id": pa.string(),
    "title": pa.string(),
    "description": pa.string(),
    "category": pa.string(),
    "brand": pa.string(),
    "price": pa.float64(),
    "attributes": pa.string(),
    "image_url": pa.string(),
    "is_available": pa.bool_(),
    "is_in_catalogue": pa.bool_(),
    "known_at": TIME,
}
LINES = {
    "order_id": pa.string(),
    "user_id": pa.string(),
    "item_id": pa.string(),
}


def publish_tables(
    settings: Settings, items: pd.DataFrame, as_of: datetime, lines: pd.DataFrame | None = None
) -> None:
    """Publish items and lines of orders as a build would, and point `current` there."""
    folder = settings.published / f"b{len(list(settings.published.glob('b*')))}"
    folder.mkdir(parents=True)
    tables = {"dim_items": _items(items), "fct_interactions": _table(lines, LINES)}
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    rows = {name: {"rows": table.num_rows} for name, table in tables.items()}
    described = {"build_id": folder.name, "as_of": as_of.isoformat(), "tables": rows}
    write_json(folder / "manifest.json", described)
    point_to(settings.current_marts, folder)


def _items(items: pd.DataFrame) -> pa.Table:
    filled = {"brand": None, "price": 1.0, "attributes": None, "is_available": True}
    return _table(items.assign(**filled, is_in_catalogue=True), ITEMS)


def _table(frame: pd.DataFrame | None, columns: dict[str, pa.DataType]) -> pa.Table:
    schema = pa.schema(list(columns.items()))
    if frame is None:
        return schema.empty_table()
    return pa.Table.from_pandas(frame[list(columns)], schema=schema, preserve_index=False)


def small_resnet(folder: Path) -> Path:
    """Write the weights of a small ResNet that nobody has trained, as the hub lays them out."""
    import torch
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]}
    ResNetModel(ResNetConfig(**sizes, layer_type="basic")).save_pretrained(folder)
    return folder


def apply_embedding_views(settings: Settings) -> "FeatureStore":
    """Register the views of vectors alone, so that no other table need be there."""
    store = open_store(settings)
    with inside_repository(FEATURE_REPO):
        entities = importlib.import_module("entities")
        views = importlib.import_module("embedding_views")
    store.apply([entities.item, views.item_text_embedding, views.item_image_embedding])
    return store
