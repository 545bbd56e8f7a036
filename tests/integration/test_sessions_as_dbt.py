"""The same events through the live features and through dbt: the same visits, the same values."""

import json
import random
import subprocess
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from aisle.core.builds import BuildPlan, write_plan
from aisle.core.landing import delivery
from aisle.core.sessions import VisitEvent, current_visit, session_features, session_id
from aisle.core.settings import REPOSITORY, Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.build import dbt_command, dbt_environment
from aisle.pipeline.load_raw import load_raw

MART = REPOSITORY / "dbt_project/models/marts/features/session_features.sql"
AT = datetime(2018, 3, 11, 1, 30)
ZONE = "America/New_York"  # its clocks go forward that Sunday, an hour at 7:00 UTC
CATEGORIES = {"tea": "DRINKS", "ale": "DRINKS", "nail": "TOOLS", "odd": None}
NAMES = (
    "Product Viewed",
    "Product Clicked",
    "Product Added",
    "Product Added to Wishlist",
    "Product Removed",
    "Products Searched",
    "Checkout Started",
    "Product List Viewed",
)
NAME_ITEMS = ("Product Viewed", "Product Clicked", "Product Added", "Product Added to Wishlist")


def generated() -> list[VisitEvent]:
    """Return the events of some devices: pauses, sign-ins, a shared tablet, several items."""
    chance = random.Random(3)
    events = []
    for device in ("phone", "laptop", "tablet", "till"):
        at = AT + timedelta(minutes=chance.random() * 600)
        for number in range(40):
            at += timedelta(seconds=chance.choice([3, 40, 40, 400, 1799, 1800, 1801, 9000]))
            events.append(_event(f"{device}-{number}", device, at, number, chance))
    return sorted(events, key=lambda event: event.order)


def _event(
    message_id: str, device: str, at: datetime, number: int, chance: random.Random
) -> VisitEvent:
    # The laptop's visitor signs in halfway; the tablet goes from hand to hand.
    signed_in = {"laptop": "ada" if number > 20 else None, "tablet": "bob" if number % 9 else "eve"}
    kind = chance.choice(["track", "track", "track", "page", "screen"])
    name = chance.choice(NAMES) if kind == "track" else None
    items: tuple[str, ...] = ()
    if name in NAME_ITEMS:
        items = (chance.choice(list(CATEGORIES)),)
    if device == "till" and number % 5 == 0:
        kind, name, items = "track", "Order Completed", tuple(chance.sample(list(CATEGORIES), 3))
    return VisitEvent(
        message_id=message_id,
        event_type=kind,
        event_name=name,
        occurred_at=at,
        received_at=at + timedelta(seconds=1),
        device_id=device,
        source="shop",
        user_id=signed_in.get(device),
        items=tuple((item, CATEGORIES[item]) for item in items),
    )


def land(settings: Settings, events: list[VisitEvent]) -> None:
    """Deliver the events and the catalogue."""
    with delivery(settings.landing) as folder:
        (folder / "events").mkdir()
        (folder / "products").mkdir()
        lines = "".join(json.dumps(_line(event)) + "\n" for event in events)
        (folder / "events" / "events.jsonl").write_text(lines)
        products = [
            {"item_id": item, "title": item, "category": category, "updated_at": "2018-01-01"}
            for item, category in CATEGORIES.items()
        ]
        text = "".join(json.dumps(product) + "\n" for product in products)
        (folder / "products" / "products.jsonl").write_text(text)


def _line(event: VisitEvent) -> dict[str, Any]:
    named: dict[str, Any] = {"products": [{"product_id": item} for item, _ in event.items]}
    if event.event_name == "Order Completed":
        named["order_id"] = event.message_id
    elif event.items:
        named = {"product_id": event.items[0][0]}
    return {
        "message_id": event.message_id,
        "type": event.event_type,
        "event": event.event_name,
        "user_id": event.user_id,
        "anonymous_id": event.device_id,
        "timestamp": event.occurred_at.isoformat() + "Z",
        "received_at": event.received_at.isoformat() + "Z",
        "source": event.source,
        "properties": named if event.items else {},
    }


def in_the_warehouse(settings: Settings, events: list[VisitEvent]) -> dict[str, dict[str, Any]]:
    """Return the rows of the mart by session id."""
    land(settings, events)
    load_raw(settings)
    plan = BuildPlan("b1", max_batch_id=1, as_of=events[-1].occurred_at + timedelta(hours=2))
    write_plan(settings, plan)
    command = dbt_command(settings, plan, ("run", "--select", "+session_features"))
    ended = subprocess.run(
        command, env=dbt_environment(settings), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    with reader_connection(settings) as connection:
        frame = connection.sql("from features.session_features").df()
    return {row["session_id"]: row for row in frame.to_dict(orient="records")}


def counted_live(events: list[VisitEvent]) -> dict[str, dict[str, Any]]:
    """Return what is last online of each visit, events coming one by one."""
    visits: dict[str, tuple[VisitEvent, ...]] = {}
    rows: dict[str, dict[str, Any]] = {}
    for event in events:
        visit = visits[event.device_id] = current_visit(visits.get(event.device_id, ()), event)
        if any(one.is_browsing for one in visit):
            rows[session_id(visit)] = dict(session_features(visit, ZoneInfo(ZONE)))
    return rows


def plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if hasattr(value, "tolist"):
        value = value.tolist()
    is_null = isinstance(value, float) and pd.isna(value)
    return None if is_null else value


@pytest.mark.skipif(not MART.exists(), reason="the warehouse has no features of visits")
def test_live_and_warehouse_agree_on_every_visit_and_value(settings: Settings) -> None:
    events = generated()
    settings = settings.model_copy(update={"time_zone": ZONE})
    warehouse, live = in_the_warehouse(settings, events), counted_live(events)
    assert len(live) > 30
    assert set(live) == set(warehouse)
    for visit, features in live.items():
        told = {name: plain(warehouse[visit][name]) for name in features}
        assert told == features, visit
