"""Sends clicks and reads each in the next request, in a process of its own; prints percentiles.

`python -m benchmarks.read_your_writes` with AISLE_HOME and AISLE_ONLINE_STORE as `aisle serve` has.
Both requests go through the whole application, without a network; the clicks stay online as a
visit of the device `benchmark`.
"""

import json
import time
from uuid import uuid4

import numpy as np
from fastapi.testclient import TestClient

from aisle.core.settings import Settings
from aisle.serving.app import create_app

CLICKS = 1_000
WARM = 20
ITEMS = 50  # that the clicks are on, as much as a visit's sequence holds
DEVICE = "benchmark"
VIEW = "session_features_live"


def main() -> None:
    """Measure from sending a click until the next request has read it."""
    with TestClient(create_app(Settings())) as client:
        seconds = [click_and_read(client, number) for number in range(WARM + CLICKS)][WARM:]
    half, high, most = (round(float(np.percentile(seconds, p)) * 1000, 3) for p in (50, 95, 99))
    print(json.dumps({"clicks": CLICKS, "half": half, "high": high, "most": most}))  # noqa: T201


def click_and_read(client: TestClient, number: int) -> float:
    """Return the seconds that a click and the read that finds it took."""
    item = f"item-{number % ITEMS}"
    event = {
        "message_id": str(uuid4()),
        "event": "Product Clicked",
        "anonymous_id": DEVICE,
        "item_ids": [item],
    }
    started = time.perf_counter()
    sent = client.post("/v1/sessions/events", json=event)
    read = client.get("/v1/users/nobody/features", params={"anonymous_id": DEVICE})
    seconds = time.perf_counter() - started
    views = {view["view"]: view for view in read.raise_for_status().json()["views"]}
    found = views[VIEW]["values"]["item_ids"]
    if sent.raise_for_status() and (not found or found[-1] != item):
        raise RuntimeError(f"The click on {item} was not in the next answer: {found}.")
    return seconds


if __name__ == "__main__":
    main()
