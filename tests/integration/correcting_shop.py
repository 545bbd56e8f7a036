"""A shop that sends late, twice and corrected messages of every kind, and some of the future.

Its users share devices, say who they are now and then, and get other names.
"""

import json
import random
from datetime import datetime, timedelta

from aisle.core.landing import delivery
from aisle.core.settings import Settings
from aisle.pipeline.load_raw import load_raw

FIRST_NOW = datetime(2017, 3, 1)
SECOND_NOW = datetime(2017, 4, 1)
KINDS = (
    *("Order Completed",) * 4,
    *("Product Viewed", "Product Added", "Product Clicked") * 2,
    *("Product List Viewed",) * 3,
    "Order Refunded",
    "page",
)
BATCHES = 3
MESSAGES_A_BATCH = 200
MARKETS = 5  # one every three weeks, for 90 minutes: so visits have several events
USERS = 6
DEVICES = 4
SAYING_WHO = 15  # messages a batch


def load_shop(settings: Settings, seed: int) -> None:
    """Deliver and load the batches of a shop, one after the other."""
    chance = random.Random(seed)
    for batch in range(1, BATCHES + 1):
        events = [_message(f"m{batch}-{n}", chance) for n in range(MESSAGES_A_BATCH)]
        events += [_saying_who(f"w{batch}-{n}", chance) for n in range(SAYING_WHO)]
        products = [_product(n, batch) for n in range(0, 9, batch)]
        with delivery(settings.landing) as folder:
            for kind, rows in (("events", events), ("products", products)):
                (folder / kind).mkdir()
                lines = "".join(json.dumps(row) + "\n" for row in rows)
                (folder / kind / f"batch{batch}.jsonl").write_text(lines)
        load_raw(settings)


def _product(number: int, batch: int) -> dict[str, object]:
    """Return an item of the catalogue; the last batch moves some to another category."""
    category = f"c{(number + batch // BATCHES) % 3}"
    names = {"title": f"Item {number}, {batch}", "brand": f"b{number % 2}"}
    return {"item_id": f"i{number}", "category": category, **names}


def _message(message_id: str, chance: random.Random) -> dict[str, object]:
    """Return a message: half the orders repeat an order that another message carries too."""
    # An order is mostly sent by the same user, and sometimes its number is another user's too.
    order = chance.randrange(60)
    buyer = order % USERS if chance.random() < 0.9 else chance.randrange(USERS)
    user, device = {"user_id": f"u{buyer}"}, {"anonymous_id": f"d{buyer % DEVICES}"}
    namesake = {"anonymous_id": f"u{buyer}"}
    kind = chance.choice(KINDS)
    return {
        "message_id": message_id,
        "type": "page" if kind == "page" else "track",
        "event": None if kind == "page" else kind,
        **chance.choice([user, user, device, device, namesake, {**user, **device}]),
        **_times(chance),
        "properties": _properties(kind, f"o{order}", chance),
        "context": _context(chance),
        "source": "test",
    }


def _saying_who(message_id: str, chance: random.Random) -> dict[str, object]:
    """Return an identify, or an alias of a device or of a user; some make circles."""
    user, other = (f"u{chance.randrange(USERS)}" for _ in range(2))
    device = f"d{chance.randrange(DEVICES)}"
    traits = {"age": f"{20 + len(message_id) * 5}-99", "gender": "f", "survey_taste": message_id}
    identify = {"type": "identify", "anonymous_id": device, "user_id": user, "traits": traits}
    named = {"type": "alias", "previous_id": device, "user_id": user}
    renamed = {"type": "alias", "previous_id": other, "user_id": user}
    who = chance.choices([identify, named, renamed], [10, 3, 1])[0]
    return {"message_id": message_id, **who, **_times(chance), "source": "test"}


def _times(chance: random.Random) -> dict[str, object]:
    # Any batch may bring any moment, a third of them after the first now; a clock may be ahead.
    market, second = chance.randrange(MARKETS), chance.randrange(90 * 60)
    occurred_at = datetime(2017, 1, 1) + timedelta(weeks=3 * market, seconds=second)
    received_at = occurred_at + timedelta(minutes=chance.choice([0, 5, -5, 60 * 24 * 7]))
    return {
        "timestamp": occurred_at.isoformat() + "Z",
        "received_at": received_at.isoformat() + "Z",
    }


def _properties(kind: str, order_id: str, chance: random.Random) -> dict[str, object]:
    most = 8 if kind == "Product List Viewed" else 4
    lines = [_line(chance) for _ in range(chance.randrange(most))]
    if kind == "Order Refunded":
        return {"order_id": order_id} | chance.choice(
            [{}, {"products": lines}, {"total": chance.randrange(1000) / 100}]
        )
    if kind == "Product List Viewed":
        lines = [
            line | {"position": place} if chance.random() > 0.2 else line
            for place, line in enumerate(lines)
        ]
        return {"list_id": "home", "recommendation_id": f"r{order_id}", "products": lines}
    return {"order_id": order_id, "products": lines}


def _context(chance: random.Random) -> dict[str, object] | None:
    if chance.random() < 0.3:
        return None
    page = {"url": f"https://shop/{chance.randrange(5)}", "referrer": "https://search"}
    return {"page": page, "campaign": {"source": chance.choice(["mail", ""]), "name": "spring"}}


def _line(chance: random.Random) -> dict[str, object]:
    line: dict[str, object] = {
        "product_id": f"i{chance.randrange(12)}",
        "quantity": chance.choice([1, 2, 0.5, "3", -1]),
        "line_total": chance.randrange(1000) / 100,
    }
    return {key: value for key, value in line.items() if chance.random() > 0.1}
