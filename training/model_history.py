"""The history of the registered model: every move of the champion, and versions never moved to."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aisle.core.settings import Settings
from training.moves import Move, moves_in
from training.tracking import open_tracker
from training.versions import CHAMPION, PREVIOUS_CHAMPION, version_at, versions

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

REGISTERED = "registered"  # a version that has never been champion
UNKNOWN = "-"


@dataclass(frozen=True)
class Entry:
    """One line of the history; `at` is naive UTC."""

    version: str
    at: datetime
    action: str
    replaced: str | None
    by: str
    reason: str  # the gate's sentence, or what a person gave
    recipe: str
    metric: str
    value: str  # with its interval
    aliases: tuple[str, ...]  # what points at the version now


def history(settings: Settings) -> list[Entry]:
    """Return every move of the champion's alias, and versions without one; newest first."""
    tracker = open_tracker(settings)
    aliases = {alias: version_at(tracker, alias) for alias in (CHAMPION, PREVIOUS_CHAMPION)}
    entries = []
    for version in versions(tracker):
        number = str(version.version)
        held = tuple(alias for alias, holder in aliases.items() if holder == number)
        moves = moves_in(number, version.tags) or [_creation(version)]
        entries += [_entry(version, move, held) for move in moves]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _creation(version: "ModelVersion") -> Move:
    made_at = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC).replace(tzinfo=None)
    sentence = version.tags.get("gate_decision", "")
    return Move(str(version.version), REGISTERED, made_at, UNKNOWN, sentence, None)


def _entry(version: "ModelVersion", move: Move, aliases: tuple[str, ...]) -> Entry:
    metric = version.tags.get("primary_metric", UNKNOWN)
    return Entry(
        version=move.version,
        at=move.at,
        action=move.action,
        replaced=move.replaced,
        by=move.by,
        reason=move.reason,
        recipe=_recipe(version),
        metric=metric,
        value=version.tags.get(metric, UNKNOWN),
        aliases=aliases,
    )


def _recipe(version: "ModelVersion") -> str:
    return str(json.loads(version.tags["recipe"])["name"]) if "recipe" in version.tags else UNKNOWN


def warning(entries: list[Entry]) -> str | None:
    """Return what to know when the champion is not where the last recorded move put it."""
    moves = [entry for entry in entries if entry.action != REGISTERED]
    if not moves or CHAMPION in moves[0].aliases:
        return None
    return (
        f"The last recorded move made version {moves[0].version} champion, but the alias "
        f"`{CHAMPION}` says otherwise: it was moved outside of `aisle`, or a command was killed. "
        "Run that command again, or say what you want with `aisle promote VERSION`."
    )
