"""A publication whose feature tables have whatever columns feature_repo/ asks for.

Every value says whose, of which feature and of which row it is, so that nothing can be mixed up.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from feast import FeatureView, Field
from feast.repo_operations import parse_repo
from feast.types import Array

from aisle.core.feature_store import FEATURE_REPO, open_store
from aisle.core.files import point_to, write_json
from aisle.core.publications import POINTER
from aisle.core.settings import Settings
from aisle.pipeline.features import inside_repository

MONDAY = datetime(2018, 1, 1)
NOW = datetime(2018, 1, 3, 12)
DATES = (datetime(2017, 12, 25), MONDAY, NOW)
ENTITIES = {
    "user_id": ("ada", "bob", "eve"),
    "item_id": ("milk", "tea", "egg"),
    "session_id": ("s1", "s2", "s3"),
    "anonymous_id": ("tablet", "phone", "laptop"),
}


def publish_features(
    settings: Settings, build: str, dates: Sequence[datetime] = DATES, code: str = "the code"
) -> None:
    """Publish a row per entity and date in the table of every view, and the shop's own tables."""
    open_store(settings)  # sets what the files of feature_repo read
    with inside_repository(FEATURE_REPO):
        repository = parse_repo(FEATURE_REPO)
    join_keys = {entity.name: entity.join_key for entity in repository.entities}
    folder = settings.published / build
    folder.mkdir(parents=True)
    tables: dict[str, pd.DataFrame] = {}
    for view in repository.feature_views:
        path = Path(view.batch_source.path)
        if path.parent == settings.current_marts:
            keys = [join_keys[name] for name in view.entities]
            rows, earlier = _rows(view, keys, dates), tables.get(path.stem)
            if earlier is not None:  # two views of one table
                rows = earlier.assign(**{name: rows[name] for name in rows.columns})
            tables[path.stem] = rows
    for name, versions in (("dim_users", "user_versions"), ("dim_items", "item_versions")):
        newest = tables[versions].groupby(tables[versions].columns[0], as_index=False).last()
        tables[name] = newest.rename(columns={"valid_from": "known_at"})
    tables["dim_users"] = tables["dim_users"].assign(is_anonymous=False)
    tables["dim_users"]["consent_personalization"] = True
    tables["dim_items"] = tables["dim_items"].assign(
        title=tables["dim_items"]["item_id"].str.title(),
        description="",
        image_url="",
        is_available=True,
    )
    tables["fct_interactions"] = pd.DataFrame(
        {"user_id": "ada", "item_id": ["milk", "tea"], "order_id": "o1", "interacted_at": MONDAY}
    ).assign(event="Order Completed", value=1.0)
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", coerce_timestamps="us", index=False)
    rows_of = {name: {"rows": len(frame)} for name, frame in tables.items()}
    manifest = {
        "build_id": build,
        "code": code,
        "as_of": max(dates).isoformat(),
        "tables": rows_of,
    }
    write_json(folder / "manifest.json", manifest)
    point_to(settings.current_marts, folder)


# Texts of tea and milk were delivered again on Monday; egg has none. Tea and egg have pictures.
PICTURES = {("tea", MONDAY): (1.0, 0.0), ("egg", MONDAY): (0.6, 0.8), ("milk", MONDAY): None}
VECTORS = {
    ("milk", DATES[0]): (0.0, 1.0),
    ("milk", MONDAY): (1.0, 0.0),
    ("tea", DATES[0]): (1.0, 0.0),
    ("tea", MONDAY): (0.8, 0.6),
    ("egg", MONDAY): None,
    ("a/b", MONDAY): (0.6, 0.8),
}


def publish_vectors(settings: Settings) -> None:
    """Publish the vectors of items' texts and pictures as `aisle embed-items` does."""
    folder = settings.embeddings / "e1"
    folder.mkdir(parents=True)
    for kind, vectors in (("text", VECTORS), ("image", PICTURES)):
        _write_vectors(folder / f"item_{kind}_embeddings.parquet", vectors)
    point_to(settings.embeddings / POINTER, folder)


def _write_vectors(
    path: Path, vectors: Mapping[tuple[str, datetime], tuple[float, float] | None]
) -> None:
    rows = [(item, moment, vector) for (item, moment), vector in vectors.items()]
    schema = pa.schema(
        [
            ("item_id", pa.string()),
            ("known_at", pa.timestamp("us")),
            ("vector", pa.list_(pa.float32())),
        ]
    )
    table = pa.Table.from_pylist(
        [dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema
    )
    pq.write_table(table, path)


def expected(join_key_value: str, feature: str, moment: datetime, dtype: Any) -> Any:
    """Return the value that the feature of an entity has in the row of a moment."""
    seed = zlib.crc32(f"{join_key_value}|{feature}|{moment.isoformat()}".encode())
    if isinstance(dtype, Array):
        return [_plain(seed + position, dtype.base_type) for position in range(seed % 4)]
    return None if seed % 7 == 0 else _plain(seed, dtype)


def _plain(seed: int, dtype: Any) -> Any:
    name = str(dtype).rsplit(".", 1)[-1].lower()
    if name == "bool":
        return bool(seed % 2)
    if name.startswith("int"):
        return seed % 1000
    if name.startswith("float"):
        return seed % 1000 / 8  # exact in 32 bits too
    if name.startswith("unix"):
        return MONDAY + timedelta(seconds=seed % 1000)
    return f"text-{seed % 1000}"


def _rows(view: FeatureView, keys: Sequence[str], dates: Sequence[datetime]) -> pd.DataFrame:
    """Return the first ids of all keys together, then the second ones, then the third."""
    ids = {key: ENTITIES.get(key, tuple(f"{key}-{n}" for n in range(3))) for key in keys}
    named = ids[keys[0]]  # whose the values are
    moments: Mapping[str, Any] = {
        **{key: [entity for entity in of_key for _ in dates] for key, of_key in ids.items()},
        view.batch_source.timestamp_field: [moment for _ in named for moment in dates],
    }
    if known_at := view.batch_source.created_timestamp_column:
        moments = {**moments, known_at: moments[view.batch_source.timestamp_field]}
    features: list[Field] = [field for field in view.features if field.name not in moments]
    values = {
        field.name: [
            expected(entity, field.name, moment, field.dtype)
            for entity in named
            for moment in dates
        ]
        for field in features
    }
    frame = pd.DataFrame({**moments, **values})
    whole = [field.name for field in features if "int" in str(field.dtype).lower()]
    whole = [name for name in whole if not isinstance(frame[name].iloc[0], list)]
    return frame.astype(dict.fromkeys(whole, "Int64"))
