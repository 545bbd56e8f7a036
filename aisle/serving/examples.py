"""Users to look at: what they bought lately and what the champion recommends to them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from aisle.core.columns import USER_ID
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection
from aisle.serving.answers import RecommendedItem
from aisle.serving.recommend import recommend, recommended_items
from aisle.serving.registry import require_champion
from aisle.serving.shop import Shop, newest_shop

SQL = Path(__file__).parent
SHOWN = 5


@dataclass(frozen=True)
class Recommended:
    """A recommended item as people read it."""

    title: str
    source: str
    is_bought_before: bool


@dataclass(frozen=True)
class Example:
    """One user: titles it bought lately (latest first) and what it is recommended."""

    user_id: str
    bought_lately: list[str]
    recommended: list[Recommended]


@dataclass(frozen=True)
class Bought:
    """What one user has ever bought."""

    titles: list[str]  # latest first
    item_ids: frozenset[str]


def example_users(settings: Settings, count: int = 5) -> list[Example]:
    """Return `count` users from quiet to busy; the same data gives the same ones."""
    champion = require_champion(settings)
    shop = newest_shop(settings, Shop())
    with published_connection(settings) as connection:
        users = _users(connection, count)
        bought = {user: _bought(connection, user) for user in users}
    rows = recommend(champion.model, users, SHOWN, shop)
    items = {user: recommended_items(rows[rows[USER_ID] == user], shop) for user in users}
    return [_example(user, bought[user], items[user]) for user in users]


def _users(connection: duckdb.DuckDBPyConnection, count: int) -> list[str]:
    sql = (SQL / "example_users.sql").read_text()
    return [row[0] for row in connection.execute(sql, {"count": count}).fetchall()]


def _bought(connection: duckdb.DuckDBPyConnection, user_id: str) -> Bought:
    sql = (SQL / "bought_titles.sql").read_text()
    rows = connection.execute(sql, {"user_id": user_id}).fetchall()
    return Bought(
        titles=[title for title, _ in rows],
        item_ids=frozenset(item for _, items in rows for item in items),
    )


def _example(user_id: str, bought: Bought, items: list[RecommendedItem]) -> Example:
    return Example(
        user_id=user_id,
        bought_lately=bought.titles[:SHOWN],
        recommended=[
            Recommended(item.title, item.source, item.item_id in bought.item_ids) for item in items
        ],
    )
