"""Joins a million rows of a user and an item with what was known at their moments.

`python -m benchmarks.point_in_time SERVICE` with AISLE_HOME as a training has it prints features,
seconds and memory: of the single values that a feature service has of a user, an item or both.
"""

import json
import resource
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aisle.core.feature_store import open_store
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest

if TYPE_CHECKING:
    from feast import FeatureStore

ROWS = 1_000_000
PARTS = 4  # asked one after the other, so that memory is that of a part
WEEKS = 26  # back from today, at random days, as a training with many cutoffs would ask
KEYS = {"user_id", "item_id"}


def main(service: str) -> None:
    """Join and print what it took."""
    settings = Settings()
    pairs = random_pairs(settings)
    store = open_store(settings)
    names = single_values(store, service)
    started, used = time.perf_counter(), time.process_time()
    parts = [
        kept(store.get_historical_features(part, names, full_feature_names=True).to_df())
        for part in (pairs.iloc[start::PARTS] for start in range(PARTS))
    ]
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    joined = pd.concat(parts, ignore_index=True)
    found = {
        "rows": len(joined),
        "features": len(names),
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "known_share": round(float(joined.notna().mean().mean()), 3),
    }
    print(json.dumps(found))  # noqa: T201


def random_pairs(settings: Settings) -> pd.DataFrame:
    """Return ROWS rows of user_id, item_id and event_timestamp."""
    folder = published_folder(settings)
    today = datetime.fromisoformat(read_manifest(folder)["as_of"])
    with published_connection(settings, folder) as marts:
        users, items = (
            marts.table(f"dim_{who}s").project(f"{who}_id").order("1").df()[f"{who}_id"]
            for who in ("user", "item")
        )
    chance = np.random.default_rng(1)
    back = pd.to_timedelta(chance.integers(0, WEEKS * 7, ROWS), unit="D")
    return pd.DataFrame(
        {
            "user_id": chance.choice(users, ROWS),
            "item_id": chance.choice(items, ROWS),
            "event_timestamp": pd.Timestamp(today - timedelta(hours=1)) - back,
        }
    )


def single_values(store: "FeatureStore", service: str) -> list[str]:
    """Return the features of a service that a pair of a user and an item has, without arrays."""
    from feast.types import Array

    return [
        f"{projection.name}:{feature.name}"
        for projection in store.get_feature_service(service).feature_view_projections
        if set(store.get_feature_view(projection.name).join_keys) <= KEYS
        for feature in projection.features
        if not isinstance(feature.dtype, Array)
    ]


def kept(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows as a training keeps them: numbers in 32 bits, each text once."""
    numbers = frame.select_dtypes(["float64", "int64"]).columns
    texts = frame.select_dtypes("object").columns
    return frame.astype(dict.fromkeys(numbers, "float32") | dict.fromkeys(texts, "category"))


if __name__ == "__main__":
    main(sys.argv[1])
