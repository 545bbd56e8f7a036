"""Reads all online features of one user, many times, in a process of its own; prints percentiles.

`python -m benchmarks.online_reads` with AISLE_HOME and AISLE_ONLINE_STORE as `aisle serve` has.
With Redis, the same bytes are also read raw in turn: one MGET of a key for each value.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import datetime

import numpy as np
import redis
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from aisle.core.feature_store import open_online_store
from aisle.core.online_features import OnlineViews
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.serving.audience import Everyone, batches
from aisle.serving.features import FeatureReader
from aisle.serving.metrics import Metrics

READS = 10_000
WARM = 500


def main() -> None:
    """Measure every way in turn, user by user, so that whatever else runs meets all of them."""
    settings = Settings()
    folder = published_folder(settings)
    with published_connection(settings, folder) as connection:
        users = [user for batch in batches(Everyone(), connection) for user in batch]
    now = datetime.fromisoformat(read_manifest(folder)["as_of"])
    store = open_online_store(settings)
    views = OnlineViews(store)
    reader = FeatureReader(views, Metrics())
    mine = [view for view in views.of_entities(["user_id"]) if view.tags.get("kind") != "lists"]
    names = [f"{view.name}:{feature.name}" for view in mine for feature in view.features]

    ways: dict[str, Callable[[str], object]] = {
        "reader": lambda user: reader.read({"user_id": user}, now),
        "get_online_features": lambda user: store.get_online_features(
            names, [{"user_id": user}]
        ).to_dict(),
    }
    address = settings.online_store.get_secret_value()
    if address.startswith("redis"):
        ways["raw_mget"] = raw_mget(address, users, store.project)
    print(json.dumps({"features": len(names), "views": len(mine), **measured(ways, users)}))  # noqa: T201


def measured(ways: dict[str, Callable[[str], object]], users: list[str]) -> dict[str, list[float]]:
    """Return the 50th and 99th percentile of each way, and its CPU time a read, in milliseconds."""
    chance = random.Random(1)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    processor = dict.fromkeys(ways, 0.0)
    for position in range(WARM + READS):
        user = chance.choice(users)
        for name, read in ways.items():
            started, used = time.perf_counter(), time.process_time()
            read(user)
            if position >= WARM:
                seconds[name].append(time.perf_counter() - started)
                processor[name] += time.process_time() - used
    return {
        name: [
            *(round(float(np.percentile(taken, part)) * 1000, 4) for part in (50, 99)),
            round(processor[name] / READS * 1000, 4),
        ]
        for name, taken in seconds.items()
    }


def raw_mget(address: str, users: list[str], project: str) -> Callable[[str], object]:
    """Copy every value of a user to a plain key; return what reads them back with one MGET."""
    client = redis.Redis.from_url(address)
    keys: dict[str, list[str]] = {}
    for user in users:
        entity = EntityKey(join_keys=["user_id"], entity_values=[Value(string_val=user)])
        values = client.hgetall(serialize_entity_key(entity, 3) + project.encode()).values()
        keys[user] = [f"raw:{user}:{part}" for part in range(len(values))]
        client.mset(dict(zip(keys[user], values, strict=True)))
    return lambda user: client.mget(keys[user])


if __name__ == "__main__":
    main()
