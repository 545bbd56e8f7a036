import gzip
import json
from typing import Any

from aisle.core.landing import landed_files
from aisle.core.settings import Settings
from aisle.pipeline.sample import land_sample


def records(settings: Settings, kind: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in landed_files(settings.landing, kind)
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]


def test_a_slice_has_whole_households_with_their_items(settings: Settings) -> None:
    counted = land_sample(settings, users=5)
    events = records(settings, "events")
    assert len({event["user_id"] for event in events}) == 5
    assert counted["events"] == len(events)
    known = {product["item_id"] for product in records(settings, "products")}
    bought = {line["product_id"] for event in events for line in event["properties"]["products"]}
    assert known <= bought
    assert len(known) > 0.95 * len(bought)


def test_an_event_follows_the_order_completed_spec(settings: Settings) -> None:
    land_sample(settings, users=2)
    event = records(settings, "events")[0]
    assert (event["type"], event["event"]) == ("track", "Order Completed")
    order = event["properties"]
    assert event["message_id"] == f"cj-{order['order_id']}"
    total = sum(line["line_total"] for line in order["products"])
    assert abs(order["total"] - total) < 0.01


def test_landing_the_sample_again_changes_nothing(settings: Settings) -> None:
    land_sample(settings, users=2)
    before = {path: path.read_bytes() for path in settings.landing.rglob("*.gz")}
    land_sample(settings, users=2)
    assert {path: path.read_bytes() for path in settings.landing.rglob("*.gz")} == before
