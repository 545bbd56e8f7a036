"""Who gets lists: named users, the ids in a file, or all users of the published shop."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from aisle.core.errors import AisleError

ALL = "all"
FILE_MARK = "@"
BATCH_USERS = 1000
ALL_USERS = Path(__file__).with_name("audience.sql")


@dataclass(frozen=True)
class Named:
    """Users by their ids, each once, in the order they were named."""

    user_ids: tuple[str, ...]


@dataclass(frozen=True)
class Everyone:
    """All users of the published shop, in the order of their ids."""


Audience = Named | Everyone


def parse_audience(text: str) -> Audience:
    """Return who `text` means: `all`, `@file` (one id a line), or ids separated by commas."""
    if text.strip() == ALL:
        return Everyone()
    if text.startswith(FILE_MARK):
        path = Path(text.removeprefix(FILE_MARK)).expanduser()
        return _named(_lines(path), f"{path} names no users: put one id on each line.")
    return _named(
        text.split(","),
        "--users names no users: give ids separated by commas, @FILE (one id a line) or all.",
    )


def require_users(audience: Audience, connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many users there are; refuse if there are none."""
    if isinstance(audience, Named):
        return len(audience.user_ids)
    count = int(connection.table("dim_users").shape[0])
    if count == 0:
        raise AisleError("The published shop has no users: see `aisle sql 'from dim_users'`.")
    return count


def batches(
    audience: Audience, connection: duckdb.DuckDBPyConnection, size: int = BATCH_USERS
) -> Iterator[list[str]]:
    """Yield the users in batches; those of the shop are read as they are needed."""
    if isinstance(audience, Named):
        ids = audience.user_ids
        yield from (list(ids[start : start + size]) for start in range(0, len(ids), size))
        return
    users = connection.cursor().execute(ALL_USERS.read_text())
    while rows := users.fetchmany(size):
        yield [str(row[0]) for row in rows]


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AisleError(f"Cannot read the users in {path}: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise AisleError(f"{path} is not UTF-8 text: save it as plain text, one id a line.")
    return text.splitlines()


def _named(ids: list[str], if_none: str) -> Named:
    named = tuple(dict.fromkeys(stripped for each in ids if (stripped := each.strip())))
    if not named:
        raise AisleError(if_none)
    return Named(named)
