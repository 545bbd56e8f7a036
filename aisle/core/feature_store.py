"""The one door to Feast's store: opens it for a workspace, with absolute paths.

Point-in-time features for training, one entity at a time (a frame of every user and every item
would have to name an item for each user):

    store = open_store(Settings())
    users = pd.DataFrame({"user_id": ids, "event_timestamp": cutoff})
    store.get_historical_features(users, ["user_activity:orders_28d"]).to_df()
"""

import json
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aisle.core.errors import AisleError
from aisle.core.online_store import SQLITE, redis_connection
from aisle.core.settings import REPOSITORY, Settings

if TYPE_CHECKING:
    import pandas as pd
    from feast import FeatureStore

MATERIALIZED = "materialized.json"  # in the folder of Feast: of which build the values online are
FEATURE_REPO = REPOSITORY / "feature_repo"


def open_store(settings: Settings) -> "FeatureStore":
    """Return the feature store of the workspace, its DuckDB held to the workspace's limits."""
    import ibis

    store = open_online_store(settings)
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="ibis")
    # The offline store computes in ibis' default connection, unlimited unless told.
    ibis.set_backend(
        ibis.duckdb.connect(
            memory_limit=settings.warehouse_memory, threads=settings.warehouse_threads
        )
    )
    return store


def open_online_store(settings: Settings) -> "FeatureStore":
    """Return the same store for who only reads and writes online: without DuckDB."""
    settings.feast.mkdir(parents=True, exist_ok=True)
    # The files of feature_repo read it.
    os.environ["AISLE_HOME"] = str(settings.root)
    address = settings.online_store.get_secret_value()
    configuration = FEATURE_REPO / "feature_store.yaml"
    if address not in SQLITE:
        configuration = FEATURE_REPO / "feature_store_redis.yaml"
        os.environ["FEAST_REDIS"] = json.dumps(redis_connection(address))
    with _without_runtime_type_checks():
        from feast import FeatureStore

    logging.getLogger("feast").setLevel(logging.WARNING)
    return FeatureStore(repo_path=str(FEATURE_REPO), fs_yaml_file=configuration)


@contextmanager
def _without_runtime_type_checks() -> Iterator[None]:
    """Import Feast without typeguard rewriting its classes: 2 s instead of 8, in every process.

    The checks only guard the arguments of view definitions, which `apply` validates anyway.
    """
    import typeguard

    checked = typeguard.typechecked
    typeguard.typechecked = lambda target: target  # type: ignore[assignment]
    try:
        yield
    finally:
        typeguard.typechecked = checked


def write_online(store: "FeatureStore", view: str, rows: "pd.DataFrame") -> None:
    """Write rows of a pushed view to the online store: its join key, features and timestamp."""
    if view not in {known.name for known in store.list_feature_views()}:
        raise AisleError(
            f"Feast's registry does not know the view {view}: run `aisle apply-features`."
        )
    store.write_to_online_store(view, rows)
