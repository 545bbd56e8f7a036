"""Publish the lists of all users beside the former ones, then move the pointer `current`."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from aisle.core.builds import checked_id
from aisle.core.clock import wall_clock
from aisle.core.files import new_folder, point_to, write_json
from aisle.core.publications import MANIFEST, POINTER, free_folder, remove_old
from aisle.core.settings import Settings
from aisle.serving.audience import Everyone
from aisle.serving.by_user import one_line_per_contact, one_row_per_user
from aisle.serving.list_files import (
    BY_USER_SCHEMA,
    POPULAR_SCHEMA,
    Write,
    csv_file,
    parquet_file,
)
from aisle.serving.lists import DEFAULT_K, ListMaker, open_list_maker
from aisle.serving.registry import champion_version

log = logging.getLogger(__name__)

LISTS = "recommendations.parquet"
BY_USER = "by_user.parquet"
CONTACTS = "by_user.csv"
POPULAR_LIST = "popular.parquet"
ONLINE = "online.json"  # stands there once the online store holds these lists


def publish_lists(
    settings: Settings,
    run: str,
    k: int = DEFAULT_K,
    on_users: Callable[[int], None] = lambda users: None,
) -> Path:
    """Write the lists of all users to `recommendations/<run>/` and point `current` at them.

    The same champion and the same marts give the same lists. Readers that are at work keep
    their folder: the last few publications stay.
    """
    checked_id(run)
    settings.recommendations.mkdir(parents=True, exist_ok=True)
    with open_list_maker(settings, k) as maker:
        target = free_folder(settings.recommendations, run)
        with new_folder(target) as folder:
            manifest = _write_folder(maker, folder, on_users)
            write_json(folder / MANIFEST, manifest)
    point_to(settings.recommendations / POINTER, target)
    remove_old(settings.recommendations)
    log.info("published %s: %s", target.name, manifest)
    return target


def _write_folder(
    maker: ListMaker, folder: Path, on_users: Callable[[int], None]
) -> dict[str, Any]:
    """Write all files of a publication; return its manifest."""
    generated_at = wall_clock()
    users = rows = 0
    with _writers(folder, generated_at, maker.k) as write:
        for count, lists in maker.batches(Everyone()):
            write(lists)
            users, rows = users + count, rows + len(lists)
            on_users(count)
            log.info("%s users have their lists", f"{users:,}")
    with parquet_file(folder / POPULAR_LIST, POPULAR_SCHEMA) as write:
        write(maker.popular())
    return {
        "model_version": maker.champion.version,
        "build_id": maker.shop.build,
        "as_of": maker.as_of.isoformat(),
        "generated_at": generated_at.isoformat(),
        "k": maker.k,
        "users": users,
        "rows": rows,
    }


@contextmanager
def _writers(folder: Path, generated_at: datetime, k: int) -> Iterator[Write]:
    """Yield what writes a batch of lists to the three files that hold them."""
    with ExitStack() as stack:
        by_item = stack.enter_context(parquet_file(folder / LISTS))
        by_user = stack.enter_context(parquet_file(folder / BY_USER, BY_USER_SCHEMA))
        contacts = stack.enter_context(csv_file(folder / CONTACTS))

        def write(lists: pd.DataFrame) -> None:
            by_item(lists)
            by_user(one_row_per_user(lists, generated_at))
            contacts(one_line_per_contact(lists, k))

        yield write


def current_lists(settings: Settings) -> Path | None:
    """Return the folder of the lists that are published now, if there is one."""
    pointer = settings.recommendations / POINTER
    return pointer.resolve() if pointer.exists() else None


def are_lists_behind(settings: Settings) -> bool:
    """Tell whether the champion's lists are not published and online: a kill can leave that."""
    version = champion_version(settings)
    if version is None:
        return False
    lists = current_lists(settings)
    if lists is None or not (lists / ONLINE).exists():
        return True
    return bool(json.loads((lists / MANIFEST).read_text())["model_version"] != version)
