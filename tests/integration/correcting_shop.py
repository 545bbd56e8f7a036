"""A shop that sends late, twice and corrected messages of every kind, and some of the future."""

import json
import random
from datetime import datetime, timedelta

from aisle.core.landing import delivery
from aisle.core.settings import Settings
from aisle.pipeline.load_raw import load_raw

FIRST_NOW = datetime(2017, 3, 1)
SECOND_NOW = datetime(2017, 4, 1)
KINDS = ("Order Completed", "Order Completed", "Product Viewed", "Product Added", "Product Clicked")
BATCHES = 3
MESSAGES_A_BATCH = 80
USERS = 8


def load_shop(settings: Settings, seed: int) -> None:
    """Deliver and load the batches of a shop, one after the other."""
    chance = random.Random(seed)
    for batch in range(1, BATCHES + 1):
        events = [_message(f"m{batch}-{n}", chance) for n in range(MESSAGES_A_BATCH)]
        products = [{"item_id": f"i{n}", "title": f"Item {n}, {batch}"} for n in range(0, 9, batch)]
        with delivery(settings.landing) as folder:
            for kind, rows in (("events", events), ("products", products)):
                (folder / kind).mkdir()
                lines = "".join(json.dumps(row) + "\n" for row in rows)
                (folder / kind / f"batch{batch}.jsonl").write_text(lines)
        load_raw(settings)


def _message(message_id: str, chance: random.Random) -> dict[str, object]:
    """Return a message: half the orders repeat an order that another message carries too."""
    # Any batch may bring any moment, a third of them after the first now.
    occurred_at = datetime(2017, 1, 1) + timedelta(minutes=chance.randrange(90 * 24 * 60))
    received_at = occurred_at + timedelta(minutes=chance.choice([0, 5, 60 * 24 * 7]))
    # An order is mostly sent by the same user, and sometimes its number is another user's too.
    order = chance.randrange(60)
    buyer = order % USERS if chance.random() < 0.9 else chance.randrange(USERS)
    who = {chance.choice(["user_id", "anonymous_id"]): f"u{buyer}"}
    return {
        "message_id": message_id,
        "type": "track",
        "event": chance.choice(KINDS),
        **who,
        "timestamp": occurred_at.isoformat() + "Z",
        "received_at": received_at.isoformat() + "Z",
        "properties": {
            "order_id": f"o{order}",
            "products": [_line(chance) for _ in range(chance.randrange(4))],
        },
        "source": "test",
    }


def _line(chance: random.Random) -> dict[str, object]:
    line: dict[str, object] = {
        "product_id": f"i{chance.randrange(12)}",
        "quantity": chance.choice([1, 2, 0.5, "3", -1]),
        "line_total": chance.randrange(1000) / 100,
    }
    return {key: value for key, value in line.items() if chance.random() > 0.1}
