"""Joins a million rows of a user and an item with what was known at their moments.

`python -m benchmarks.point_in_time` with AISLE_HOME as a training has it prints seconds and memory.
"""

import json
import resource
import time
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from aisle.core.feature_store import open_store
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest

ROWS = 1_000_000
PARTS = 4  # asked one after the other, so that memory is that of a part
WEEKS = 26  # back from today, at random days, as a training with many cutoffs would ask


def main() -> None:
    """Ask for every single-valued feature that a pair of a user and an item has."""
    settings = Settings()
    folder = published_folder(settings)
    today = datetime.fromisoformat(read_manifest(folder)["as_of"])
    with published_connection(settings, folder) as marts:
        users, items = (
            marts.table(f"dim_{who}s").project(f"{who}_id").order("1").df()[f"{who}_id"]
            for who in ("user", "item")
        )
    chance = np.random.default_rng(1)
    back = pd.to_timedelta(chance.integers(0, WEEKS * 7, ROWS), unit="D")
    pairs = pd.DataFrame(
        {
            "user_id": chance.choice(users, ROWS),
            "item_id": chance.choice(items, ROWS),
            "event_timestamp": pd.Timestamp(today - timedelta(hours=1)) - back,
        }
    )
    store = open_store(settings)
    names = [
        f"{view.name}:{feature.name}"
        for view in store.list_feature_views()
        if set(view.join_keys) <= {"user_id", "item_id"} and not view.stream_source
        for feature in view.features
    ]
    started, used = time.perf_counter(), time.process_time()
    parts = [
        kept(store.get_historical_features(part, names, full_feature_names=True).to_df())
        for part in (pairs.iloc[start::PARTS] for start in range(PARTS))
    ]
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    joined = pd.concat(parts, ignore_index=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    known = float(joined.notna().mean().mean())
    print(  # noqa: T201
        json.dumps(
            {
                "rows": len(joined),
                "features": len(names),
                "seconds": round(seconds, 2),
                "processor_seconds": round(processor, 2),
                "peak_bytes": peak,
                "known_share": round(known, 3),
            }
        )
    )


def kept(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows as a training keeps them: numbers in 32 bits, each text once."""
    numbers = frame.select_dtypes(["float64", "int64"]).columns
    texts = frame.select_dtypes("object").columns
    return frame.astype(dict.fromkeys(numbers, "float32") | dict.fromkeys(texts, "category"))


if __name__ == "__main__":
    main()
