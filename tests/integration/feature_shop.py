"""A small shop of sixty weeks, and its features counted the slow way, straight from the orders."""

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from aisle.core.landing import delivery
from aisle.core.settings import Settings

START = datetime(2017, 1, 4, 9, 30)
FIRST_NOW = datetime(2018, 1, 10, 15, 0)  # a Wednesday
SECOND_NOW = datetime(2018, 2, 26, 0, 0)  # a Monday, so it is both a grid date and now
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Order:
    """One completed order: item ids with their quantity and value."""

    order_id: str
    user_id: str
    ordered_at: datetime
    lines: dict[str, tuple[float, float]]


def orders() -> list[Order]:
    """Return every order of the shop; the last of each build happens exactly at its now."""
    chance = random.Random(7)
    moments = [START + (SECOND_NOW - START) * chance.random() for _ in range(220)]
    # Boundaries: a Monday's midnight, exactly N days before now, and now itself.
    moments += [datetime(2017, 12, 4), FIRST_NOW - 28 * DAY, FIRST_NOW, SECOND_NOW]
    return [_order(number, moment, chance) for number, moment in enumerate(sorted(moments))]


def _order(number: int, moment: datetime, chance: random.Random) -> Order:
    # Item i9 sells in spring only, so that it leaves the features half a year later.
    shelf = [f"i{n}" for n in range(9)] + (["i9"] if moment < datetime(2017, 4, 1) else [])
    lines = {
        item: (float(chance.randint(1, 3)), chance.randint(1, 900) / 100)
        for item in chance.sample(shelf, chance.randint(1, 4))
    }
    moment = moment.replace(microsecond=0)
    return Order(f"o{number}", f"u{chance.randint(1, 6)}", moment, lines)


def land(settings: Settings, chosen: list[Order], name: str) -> None:
    """Deliver orders into the landing zone, as one file of Order Completed events."""
    events = [_event(order) for order in chosen]
    with delivery(settings.landing) as folder:
        (folder / "events").mkdir()
        lines = "".join(json.dumps(event) + "\n" for event in events)
        (folder / "events" / f"{name}.jsonl").write_text(lines)


def _event(order: Order) -> dict[str, object]:
    products = [
        {"product_id": item, "quantity": quantity, "line_total": value}
        for item, (quantity, value) in order.lines.items()
    ]
    return {
        "message_id": f"m-{order.order_id}",
        "type": "track",
        "event": "Order Completed",
        "user_id": order.user_id,
        "timestamp": order.ordered_at.isoformat() + "Z",
        "properties": {"order_id": order.order_id, "products": products},
    }


def counted_user(
    known: list[Order], user_id: str, now: datetime, *, inclusive: bool
) -> list[float]:
    """Count orders, spend and distinct items of 28, 91 and 364 days of a user, then its habits."""
    mine = [order for order in known if order.user_id == user_id]
    row: list[float] = []
    for days in (28, 91, 364):
        inside = [order for order in mine if _inside(order, now, days, inclusive=inclusive)]
        spend = sum(value for order in inside for _, value in order.lines.values())
        items = {item for order in inside for item in order.lines}
        row += [len(inside), spend, len(items)]
    year = [order for order in mine if _inside(order, now, 364, inclusive=inclusive)]
    first = {item: order.order_id for order in reversed(mine) for item in order.lines}
    lines = [(item, order.order_id) for order in year for item in order.lines]
    repeats = sum(first[item] != order_id for item, order_id in lines)
    gap = (mine[-1].ordered_at - mine[0].ordered_at) / DAY / max(len(mine) - 1, 1)
    return [*row, (now - mine[-1].ordered_at) / DAY, gap, repeats / len(lines)]


def counted_item(
    known: list[Order], item_id: str, now: datetime, *, inclusive: bool
) -> list[float]:
    """Count orders and distinct buyers of 7, 28, 91 and 364 days of an item, then its habits."""
    sales = [order for order in known if item_id in order.lines]
    row: list[float] = []
    for days in (7, 28, 91, 364):
        inside = [order for order in sales if _inside(order, now, days, inclusive=inclusive)]
        row += [len(inside), len({order.user_id for order in inside})]
    year = [order for order in sales if _inside(order, now, 364, inclusive=inclusive)]
    pieces, value = (sum(order.lines[item_id][part] for order in year) for part in (0, 1))
    buyers = [order.user_id for order in sales]
    again = sum(buyers.count(user) > 1 for user in set(buyers)) / len(set(buyers))
    return [*row, value / pieces, (now - sales[-1].ordered_at) / DAY, again]


def _inside(order: Order, now: datetime, days: int, *, inclusive: bool) -> bool:
    age = now - order.ordered_at
    return age < days * DAY if inclusive else age <= days * DAY
