"""Every move of the champion's alias, kept on the versions: who became champion, when and why.

A move is one tag of the version that becomes champion. It is written before the aliases change,
so that a command that was killed in between can be finished by running it again.
"""

import getpass
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aisle.core.clock import wall_clock
from training.tracking import Tracker
from training.versions import (
    CHAMPION,
    PREVIOUS_CHAMPION,
    point_alias,
    tag_version,
    version_at,
)

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

PROMOTE, REFRESH, ROLLBACK, BY_HAND = "promote", "refresh", "rollback", "by hand"
TAG = "champion_move_"  # followed by the moment, so that a version can have several


@dataclass(frozen=True)
class Move:
    """A version became champion at a moment (naive UTC), in place of the one it replaced."""

    version: str
    action: str  # promote and refresh by the gate; rollback and "by hand" by a person
    at: datetime
    by: str
    reason: str
    replaced: str | None

    @property
    def tag(self) -> dict[str, str]:
        """The move as a tag of its version."""
        content = {
            "action": self.action,
            "at": self.at.isoformat(timespec="microseconds"),
            "by": self.by,
            "reason": self.reason,
            "replaced": self.replaced,
        }
        return {TAG + self.at.strftime("%Y%m%dT%H%M%S_%f"): json.dumps(content)}


def new_move(version: str, action: str, reason: str, *, replaced: str | None) -> Move:
    """Return a move made now by whoever runs this process."""
    return Move(version, action, wall_clock(), _user(), reason, replaced)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "unknown"


def moves_in(number: str, tags: Mapping[str, str]) -> list[Move]:
    """Return the moves that one version's tags tell of, oldest first."""
    found = [json.loads(value) for name, value in tags.items() if name.startswith(TAG)]
    moves = [
        Move(version=number, **{**content, "at": datetime.fromisoformat(content["at"])})
        for content in found
    ]
    return sorted(moves, key=lambda move: move.at)


def all_moves(registered: "Iterable[ModelVersion]") -> list[Move]:
    """Return every move of the champion's alias, oldest first."""
    moves = [
        move for version in registered for move in moves_in(str(version.version), version.tags)
    ]
    return sorted(moves, key=lambda move: move.at)


def withdrawn(moves: Iterable[Move]) -> dict[str, Move]:
    """Return the versions that a person took out of service, each with the move that did it.

    A version that becomes champion again is not withdrawn any more.
    """
    return _replaced_by(moves, {ROLLBACK, BY_HAND})


def rolled_back(moves: Iterable[Move]) -> dict[str, Move]:
    """Return the versions that were rolled back and have not been champion since."""
    return _replaced_by(moves, {ROLLBACK})


def _replaced_by(moves: Iterable[Move], actions: set[str]) -> dict[str, Move]:
    found: dict[str, Move] = {}
    for move in moves:
        found.pop(move.version, None)
        if move.action in actions and move.replaced:
            found[move.replaced] = move
    return found


def record(tracker: Tracker, move: Move) -> Move:
    """Write a move down, before it is carried out; return it."""
    for name, value in move.tag.items():
        tag_version(tracker, move.version, name, value)
    return move


def carry_out(tracker: Tracker, move: Move) -> None:
    """Let the aliases say what a recorded move says, the champion's last; twice is once."""
    if move.replaced and version_at(tracker, PREVIOUS_CHAMPION) != move.replaced:
        point_alias(tracker, PREVIOUS_CHAMPION, move.replaced)
    if version_at(tracker, CHAMPION) != move.version:
        point_alias(tracker, CHAMPION, move.version)


def is_carried_out(tracker: Tracker, move: Move) -> bool:
    """Tell whether the aliases say what a move says."""
    previous = version_at(tracker, PREVIOUS_CHAMPION)
    is_previous = move.replaced is None or move.replaced == previous
    return is_previous and version_at(tracker, CHAMPION) == move.version
