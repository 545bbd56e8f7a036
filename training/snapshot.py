"""Freeze what a training sees: published interactions and ids, features as known at each cutoff."""

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aisle.core.errors import AisleError
from aisle.core.publications import POINTER, TRAININGS_KEPT, remove_old
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.core.windows import Windows
from training.dataset import SnapshotTables, read_snapshot, write_snapshot
from training.folder import TrainingFolder
from training.item_vectors import PUBLISHED, vectors_key
from training.readiness import ready_supply

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection
    from feast import FeatureStore

log = logging.getLogger(__name__)

INTERACTIONS = Path(__file__).with_name("snapshot_interactions.sql")
SERVICE = "recommender_v1"
EVENT_TIMESTAMP = "event_timestamp"
DIGITS = 5  # features count as equal up to here: sums of floats vary with the order of rows


def freeze(settings: Settings, folder: TrainingFolder, horizon_days: int) -> str:
    """Write the training's snapshot and return its id; one that is there already is kept.

    The folders of the oldest trainings are removed: what became of them is in MLflow.
    """
    if (folder.snapshot / "snapshot.json").is_file():
        kept = read_snapshot(folder.snapshot).snapshot_id
        log.info("snapshot %s of this training is there already", kept)
        return kept
    build = published_folder(settings)
    as_of = datetime.fromisoformat(read_manifest(build)["as_of"])
    with published_connection(settings) as marts:
        supply = ready_supply(marts, as_of, horizon_days)
    cuts = supply.windows
    log.info("%d interactions (%s), windows of %s", supply.interactions, supply.kind, cuts.horizon)
    tables = read_tables(settings, as_of, supply.kind, cuts.cutoffs)
    if published_folder(settings) != build:
        raise AisleError(
            f"New marts were published while {build.name} was being read, so features and "
            "interactions may not belong together: run `aisle train snapshot` again."
        )
    snapshot_id = content_id(tables, as_of, cuts)
    write_snapshot(folder.snapshot, tables, snapshot_id=snapshot_id, as_of=as_of, windows=cuts)
    remove_old(settings.trainings, TRAININGS_KEPT, marker=folder.snapshot.name)
    return snapshot_id


def read_tables(
    settings: Settings, as_of: datetime, kind: str, cutoffs: Mapping[str, datetime]
) -> SnapshotTables:
    """Return the published tables, with features as they were known at each cutoff."""
    from aisle.core.feature_store import open_store

    store = open_store(settings)
    with published_connection(settings) as marts:
        users = marts.execute("select user_id from dim_users order by user_id").df()
        items = marts.execute("select item_id, title from dim_items order by item_id").df()
        # Features first: their join is the peak of memory, and then nothing else is held yet.
        user_features = features_at(store, "user_id", users["user_id"], cutoffs)
        item_features = features_at(store, "item_id", items["item_id"], cutoffs)
        interactions = read_interactions(marts, as_of, kind)
    log.info("%d interactions of %d users, %d items", *map(len, (interactions, users, items)))
    frames = (interactions, users, items, user_features, item_features)
    return SnapshotTables(
        *frames, kind=kind, item_vectors=published_vectors(settings), feature_service=SERVICE
    )


def read_interactions(marts: "DuckDBPyConnection", as_of: datetime, kind: str) -> pd.DataFrame:
    """Return the interactions; each id is held once, because as text they would fill 500 MB."""
    query = INTERACTIONS.read_text()
    rows: pa.Table = marts.sql(query, params={"as_of": as_of, "event": kind}).to_arrow_table()
    for position, name in enumerate(rows.column_names):
        if name.endswith("_id"):
            rows = rows.set_column(position, name, rows[name].dictionary_encode())
    frame: pd.DataFrame = rows.to_pandas()
    return frame


def features_at(
    store: "FeatureStore", key: str, ids: pd.Series, cutoffs: Mapping[str, datetime]
) -> pd.DataFrame:
    """Return every id at every cutoff with the features known by then (Feast's as-of join).

    A row that is dated early and was written late is not known: Feast leaves out what its source's
    created timestamp puts after the cutoff.
    """
    wanted = feature_names(store, key)
    frames = []
    for name, cutoff in cutoffs.items():
        entities = pd.DataFrame({key: ids, EVENT_TIMESTAMP: pd.Timestamp(cutoff)})
        joined = store.get_historical_features(
            entities, wanted, filter_by_created_timestamp=True
        ).to_df()
        if len(joined) != len(ids):
            raise AisleError(
                f"Feast returned {len(joined)} rows for {len(ids)} {key}s at {cutoff}: a feature "
                "table has two rows of one key and time. See `aisle check marts`."
            )
        features = joined.drop(columns=EVENT_TIMESTAMP).assign(cutoff=pd.Timestamp(cutoff))
        numbers = features.select_dtypes("float64").columns
        frames.append(features.astype(dict.fromkeys(numbers, np.float32)))
        log.info("%d features of %d %ss at %s (%s)", len(wanted), len(ids), key, cutoff, name)
    known: pd.DataFrame = pd.concat(frames, ignore_index=True)
    return known.sort_values(["cutoff", key], ignore_index=True)


def feature_names(store: "FeatureStore", key: str) -> list[str]:
    """Return the features of the service that one entity has, as Feast's `view:feature`."""
    names = []
    for projection in store.get_feature_service(SERVICE).feature_view_projections:
        view = store.get_feature_view(projection.name)
        if view.join_keys == [key]:
            names += [f"{projection.name}:{feature.name}" for feature in projection.features]
    if not names:
        raise AisleError(f"Feature service {SERVICE} has no view with the key {key}.")
    return names


def published_vectors(settings: Settings) -> dict[str, Path]:
    """Return the files of the published embeddings by kind; those without a row are left out."""
    import pyarrow.parquet as pq

    current = settings.embeddings / POINTER
    if not current.exists():
        return {}
    folder = current.resolve()
    files = {kind: folder / name for kind, name in PUBLISHED.items()}
    return {
        kind: path
        for kind, path in files.items()
        if path.is_file() and pq.ParquetFile(path).metadata.num_rows > 0
    }


def content_id(tables: SnapshotTables, as_of: datetime, cuts: Windows) -> str:
    """Return a hash of what a model can learn from: not of run ids, load times or paths."""
    digest = hashlib.sha256()
    moments = {name: moment.isoformat() for name, moment in cuts.cutoffs.items()}
    digest.update(json.dumps([as_of.isoformat(), moments, tables.kind], sort_keys=True).encode())
    for frame in (
        tables.interactions,
        tables.users[["user_id"]],
        tables.items[["item_id"]],
        tables.user_features,
        tables.item_features,
    ):
        digest.update(json.dumps(sorted(frame.columns)).encode())
        for name in sorted(frame.columns):
            hashes = pd.util.hash_pandas_object(_comparable(frame[name]), index=False)
            digest.update(hashes.to_numpy().tobytes())
    for name, path in sorted(tables.item_vectors.items()):
        digest.update(name.encode() + vectors_key(path))
    return digest.hexdigest()[:16]


def _comparable(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column in which values that mean the same hash the same."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.astype("datetime64[us]")
    if not pd.api.types.is_float_dtype(column.dtype):
        return column
    values = column.to_numpy(dtype=float)
    size = np.where(np.isfinite(values) & (values != 0), np.abs(values), 1.0)
    grid = 10.0 ** (DIGITS - np.ceil(np.log10(size)))
    return pd.Series(np.round(values * grid) / grid + 0.0)
