"""What must come out the same however often a workspace's commands were killed, and compared."""

import json
from pathlib import Path
from typing import Any

import duckdb

from aisle.core.feature_store import open_store
from aisle.core.settings import Settings

SQL = Path(__file__).parent
LISTS = Path("recommendations", "current", "recommendations.parquet")
VIEW = "user_recommendations"

Tables = dict[str, tuple[int, int]]
Lists = dict[str, tuple[list[str], list[float]]]


def published_tables(home: Path) -> Tables:
    """Return rows and a hash of all values, whatever their order, of each published table."""
    query = (SQL / "table_content.sql").read_text()
    with duckdb.connect() as connection:
        return {
            path.name: connection.execute(query, [str(path)]).fetchall()[0]
            for path in sorted((home / "published" / "current").glob("*.parquet"))
        }


def differing_recommendations(home: Path, expected: Path) -> tuple[int, int]:
    """Return the rows of the expected lists, and how many rows, score and all, only one has."""
    query = (SQL / "recommendations_compared.sql").read_text()
    if not (home / LISTS).exists():
        raise FileNotFoundError(f"{home / LISTS}: no recommendations are published")
    files = {"found": str(home / LISTS), "expected": str(expected / LISTS)}
    with duckdb.connect() as connection:
        rows, differing = connection.execute(query, files).fetchall()[0]
    return int(rows), int(differing)


def lists_in_files(home: Path) -> Lists:
    """Return each user's items and scores, best first, as the published file has them."""
    query = (SQL / "recommendations_by_user.sql").read_text()
    with duckdb.connect() as connection:
        found = connection.execute(query, [str(home / LISTS)]).fetchall()
    return {user: (items, scores) for user, items, scores in found}


def lists_online(home: Path, users: list[str]) -> Lists:
    """Return the same from the online store, as a shop's front end reads it."""
    store = open_store(Settings(home=home))
    wanted = [f"{VIEW}:item_ids", f"{VIEW}:scores"]
    answer = store.get_online_features(wanted, [{"user_id": user} for user in users]).to_dict()
    return {
        user: (items or [], scores or [])
        for user, items, scores in zip(users, answer["item_ids"], answer["scores"], strict=True)
    }


def offline_users(home: Path) -> list[str]:
    """Return users whose online list is not the one in the published file."""
    in_files = lists_in_files(home)
    online = lists_online(home, list(in_files))
    return [user for user, content in in_files.items() if online[user] != content]


def breaks_in(history: list[dict[str, Any]]) -> list[str]:
    """Return what does not make sense in `aisle history --json`, newest entry first."""
    if not history:
        return ["no version was ever champion"]
    return [
        *_misplaced(history, "champion", history[0]["version"]),
        *_misplaced(history, "previous_champion", history[0]["replaced"]),
        *_impossible_replacements(history),
    ]


def _misplaced(history: list[dict[str, Any]], alias: str, expected: str | None) -> list[str]:
    holders = {entry["version"] for entry in history if alias in entry["aliases"]}
    if holders == ({expected} if expected else set()):
        return []
    return [f"@{alias} is on {sorted(holders)}, and the newest move says {expected}"]


def _impossible_replacements(history: list[dict[str, Any]]) -> list[str]:
    known: set[str | None] = {None}
    found = []
    for entry in reversed(history):
        if entry["replaced"] not in known or entry["version"] in known:
            found.append(f"version {entry['version']} replaced {entry['replaced']}")
        known.add(entry["version"])
    return found


def read_history(printed: str) -> list[dict[str, Any]]:
    """Return the entries that `aisle history --json` printed."""
    entries: list[dict[str, Any]] = json.loads(printed)
    return entries
