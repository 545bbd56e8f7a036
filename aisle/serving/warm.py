"""Warm the online store: bring the published lists to where one user's are read in a moment."""

import logging
from collections.abc import Callable

import pyarrow.parquet as pq

from aisle.core.columns import AS_OF
from aisle.core.errors import AisleError
from aisle.core.feature_store import open_store, write_online
from aisle.core.files import write_json
from aisle.core.settings import Settings
from aisle.serving.publish_lists import BY_USER, ONLINE, current_lists

log = logging.getLogger(__name__)

VIEW = "user_recommendations"
BATCH_USERS = 5000


def warm_lists(settings: Settings, on_users: Callable[[int], None] = lambda users: None) -> int:
    """Write the published lists to the online store; return of how many users.

    Writing them again changes nothing, so a killed run is mended by the next.
    """
    lists = current_lists(settings)
    if lists is None:
        raise AisleError(
            f"No lists are published in {settings.recommendations} yet: "
            "run `aisle publish-recommendations`."
        )
    store = open_store(settings)
    users = 0
    for batch in pq.ParquetFile(lists / BY_USER).iter_batches(BATCH_USERS):
        frame = batch.to_pandas().drop(columns=AS_OF)
        write_online(store, VIEW, frame)
        users += len(frame)
        on_users(len(frame))
        log.info("%s users are online", f"{users:,}")
    write_json(lists / ONLINE, {"view": VIEW, "users": users})
    return users
