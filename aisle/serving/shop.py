"""What answers need to know of the published shop: titles, what is off sale, who said no."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.serving.identities import Identities, read_identities

SQL = Path(__file__).parent


@dataclass(frozen=True)
class Shop:
    """The published build that the rest comes from, and what it says of items and users.

    Without a build nothing is known: neither what is on sale nor who refused.
    """

    build: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    off_sale: frozenset[str] = frozenset()  # items that cannot be bought now
    refused: frozenset[str] = frozenset()  # users who do not want personal recommendations
    identities: Identities = field(default_factory=Identities)
    as_of: datetime | None = None  # up to when it knows, naive UTC

    def may_be_personal(self, user_id: str) -> bool:
        """Return whether this user is known not to have refused personal recommendations."""
        return bool(self.build) and user_id not in self.refused

    def title_of(self, item_id: str) -> str:
        """Return the title of an item; one that is not published is named by its id."""
        return self.titles.get(item_id, f"Item {item_id}")


def newest_shop(settings: Settings, known: Shop) -> Shop:
    """Return `known` if it is of the build that is published now, else what that one says."""
    if not settings.current_marts.exists():
        return known
    folder = published_folder(settings)
    if folder.name == known.build:
        return known
    as_of = datetime.fromisoformat(read_manifest(folder)["as_of"])
    with published_connection(settings, folder) as connection:
        return replace(read_shop(connection, folder.name), as_of=as_of)


def read_shop(connection: duckdb.DuckDBPyConnection, build: str) -> Shop:
    """Return what the published marts of an open connection say."""
    tables = frozenset(row[0] for row in connection.execute("show tables").fetchall())
    return Shop(
        build=build,
        titles=dict(_rows(connection, "shop_titles")),
        off_sale=frozenset(row[0] for row in _rows(connection, "shop_items_off_sale")),
        refused=frozenset(row[0] for row in _rows(connection, "shop_users_who_refused")),
        identities=read_identities(connection, tables),
    )


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return connection.execute((SQL / f"{query}.sql").read_text()).fetchall()
