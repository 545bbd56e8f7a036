"""Joins a million rows of a user and an item with what was known at their moments.

`python -m benchmarks.point_in_time SERVICE` with AISLE_HOME as a training has it prints features,
seconds and memory: of the single values that a feature service has of a user, an item or both.
Half of the pairs are such as a training has: of a user and an item of theirs, at a cutoff. The
others are anyone and anything at any moment. `known_share` says of each view how many cells are
known.
"""

import json
import resource
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from aisle.core.feature_store import open_store
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest

if TYPE_CHECKING:
    from feast import FeatureStore

ROWS = 1_000_000
PARTS = 4  # asked one after the other, so that memory is that of a part
WEEKS = 26  # back from today, at random days, as a training with many cutoffs would ask
KEYS = {"user_id", "item_id"}
MOMENT = "event_timestamp"


def main(service: str) -> None:
    """Join and print what it took."""
    settings = Settings()
    pairs = asked_pairs(settings)
    store = open_store(settings)
    names = single_values(store, service)
    started, used = time.perf_counter(), time.process_time()
    parts = [
        kept(store.get_historical_features(part, names, full_feature_names=True).to_arrow())
        for part in (pairs.iloc[start::PARTS] for start in range(PARTS))
    ]
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    joined = pa.concat_tables(parts, promote_options="permissive").unify_dictionaries()
    found = {
        "rows": joined.num_rows,
        "features": len(names),
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "known_share": known_shares(joined, names),
    }
    print(json.dumps(found))  # noqa: T201


def known_shares(joined: pa.Table, names: list[str]) -> dict[str, float]:
    """Return the share of cells that hold a value, of each view and of all."""
    views = [name.partition(":")[0] for name in names]
    known = pd.Series(
        [1 - joined[name.replace(":", "__")].null_count / joined.num_rows for name in names]
    )
    by_view = known.groupby(views).mean()
    return {
        "all": float(known.mean()),
        **{str(view): float(by_view[view]) for view in by_view.index},
    }


def asked_pairs(settings: Settings) -> pd.DataFrame:
    """Return ROWS rows of user_id, item_id and event_timestamp, in random order."""
    folder = published_folder(settings)
    today = datetime.fromisoformat(read_manifest(folder)["as_of"])
    chance = np.random.default_rng(1)
    with published_connection(settings, folder) as marts:
        known = marts.table("user_item_features").project("user_id, item_id, as_of_date")
        known = known.filter(f"as_of_date < timestamp '{today.isoformat()}'").order("all").df()
        users, items = (
            marts.table(f"dim_{who}s").project(f"{who}_id").order("1").df()[f"{who}_id"]
            for who in ("user", "item")
        )
    chosen = known.iloc[chance.integers(0, len(known), ROWS // 2)]
    met = chosen.rename(columns={"as_of_date": MOMENT})
    anyone = ROWS - len(met)
    back = pd.to_timedelta(chance.integers(0, WEEKS * 7, anyone), unit="D")
    anything = pd.DataFrame(
        {
            "user_id": chance.choice(users, anyone),
            "item_id": chance.choice(items, anyone),
            MOMENT: pd.Timestamp(today - timedelta(hours=1)) - back,
        }
    )
    return pd.concat([met, anything]).sample(frac=1, random_state=1).reset_index(drop=True)


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


def kept(table: pa.Table) -> pa.Table:
    """Return rows as a training keeps them: numbers in 32 bits, each text once."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_float64(field.type) or pa.types.is_int64(field.type):
            column = column.cast(pa.float32(), safe=False)
        elif pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = column.dictionary_encode()
        table = table.set_column(place, field.name, column)
    # A copy: one column that is not would hold the memory of all the join's.
    return table.take(np.arange(table.num_rows))


if __name__ == "__main__":
    main(sys.argv[1])
