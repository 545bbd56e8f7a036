"""The titles of the published items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder

READ_TITLES = Path(__file__).with_name("read_titles.sql")


@dataclass(frozen=True)
class Titles:
    """Titles by item and the published build they come from."""

    build: str = ""
    by_item: Mapping[str, str] = field(default_factory=dict)

    def of(self, item_id: str) -> str:
        """Return the title of an item; one that is not published is named by its id."""
        return self.by_item.get(item_id, f"Item {item_id}")


def newest_titles(settings: Settings, known: Titles) -> Titles:
    """Return `known` if it is of the build that is published now, else the titles of that one."""
    if not settings.current_marts.exists():
        return known
    build = published_folder(settings).name
    return known if build == known.build else _read(settings, build)


def _read(settings: Settings, build: str) -> Titles:
    with published_connection(settings) as connection:
        rows = connection.execute(READ_TITLES.read_text()).fetchall()
    return Titles(build, dict(rows))
