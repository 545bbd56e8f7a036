"""Lists of recommendations, batch by batch: the rows that leave Aisle as files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from aisle.core.columns import (
    AS_OF,
    FALLBACK,
    ITEM_ID,
    MODEL_VERSION,
    RANK,
    SCORE,
    SOURCE,
    TITLE,
    USER_ID,
)
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.serving.audience import Audience, batches
from aisle.serving.recommend import NOBODY, recommend
from aisle.serving.registry import CHAMPION, Champion, require_champion
from aisle.serving.shop import Shop, read_shop

LIST_COLUMNS = [USER_ID, RANK, ITEM_ID, TITLE, SCORE, SOURCE, FALLBACK, MODEL_VERSION, AS_OF]
DEFAULT_K = 20
MAX_K = 1000


@dataclass(frozen=True)
class ListMaker:
    """A model, the published marts, and what they say up to the moment `as_of` (naive UTC)."""

    champion: Champion
    connection: duckdb.DuckDBPyConnection
    shop: Shop
    as_of: datetime
    k: int

    def lists_of(self, user_ids: list[str]) -> pd.DataFrame:
        """Return up to k rows for each user, with LIST_COLUMNS."""
        rows = recommend(self.champion.model, user_ids, self.k, self.shop)
        rows[TITLE] = rows[ITEM_ID].map(self.shop.title_of)
        rows[MODEL_VERSION] = self.champion.version
        rows[AS_OF] = pd.Timestamp(self.as_of, tz="UTC")
        return rows[LIST_COLUMNS]

    def batches(self, audience: Audience) -> Iterator[tuple[int, pd.DataFrame]]:
        """Yield how many users a batch has, and their lists."""
        for users in batches(audience, self.connection):
            yield len(users), self.lists_of(users)

    def popular(self) -> pd.DataFrame:
        """Return the list for users nobody knows; without a user's id."""
        return self.lists_of([NOBODY]).drop(columns=USER_ID)


@contextmanager
def open_list_maker(settings: Settings, k: int, version: str = CHAMPION) -> Iterator[ListMaker]:
    """Yield what makes lists of k items from the published marts and a registered model."""
    require_k(k)
    folder = published_folder(settings)
    champion = require_champion(settings, version)
    with published_connection(settings, folder) as connection:
        yield ListMaker(
            champion=champion,
            connection=connection,
            shop=read_shop(connection, folder.name),
            as_of=datetime.fromisoformat(read_manifest(folder)["as_of"]),
            k=k,
        )


def require_k(k: int) -> None:
    """Refuse a length that no list can have."""
    if not 1 <= k <= MAX_K:
        raise AisleError(f"--k is {k}: a list holds 1 to {MAX_K} items.")
