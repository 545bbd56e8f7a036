"""Whether a batch of lists and the API, asked one user at a time, recommend the same items."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from fastapi.testclient import TestClient

from aisle.core.columns import ITEM_ID, RANK, USER_ID
from aisle.core.settings import Settings
from aisle.serving.app import create_app
from aisle.serving.lists import open_list_maker


@dataclass(frozen=True)
class ListDifference:
    """A user whom batch and API do not recommend the same items in the same order."""

    user_id: str
    batch: tuple[str, ...]
    api: tuple[str, ...]

    def __str__(self) -> str:
        """Say at which rank the two part."""
        pairs = enumerate(zip_longest(self.batch, self.api), start=1)
        rank, (batch, api) = next((rank, pair) for rank, pair in pairs if pair[0] != pair[1])
        return f"rank {rank} for user_id={self.user_id}: batch {batch!r}, API {api!r}"


def compare_lists(settings: Settings, user_ids: Sequence[str], k: int) -> list[ListDifference]:
    """Return the users whose k best items from batch and from the API are not the same."""
    with open_list_maker(settings, k) as maker:
        rows = maker.lists_of(list(user_ids)).sort_values([USER_ID, RANK])
    batch = {str(user): tuple(of_user[ITEM_ID]) for user, of_user in rows.groupby(USER_ID)}
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log each request
    with TestClient(create_app(settings)) as client:
        api = {user: _asked(client, user, k) for user in user_ids}
    return [
        ListDifference(user, batch.get(user, ()), api[user])
        for user in user_ids
        if batch.get(user, ()) != api[user]
    ]


def _asked(client: TestClient, user_id: str, k: int) -> tuple[str, ...]:
    answer = client.get("/v1/recommendations", params={USER_ID: user_id, "limit": k})
    answer.raise_for_status()
    return tuple(item["item_id"] for item in answer.json()["items"])
