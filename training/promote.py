"""Move the champion by hand: to a version that a person names, or back to the one before."""

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.settings import Settings
from training.model_proof import prove
from training.moves import (
    BY_HAND,
    ROLLBACK,
    Move,
    all_moves,
    carry_out,
    is_carried_out,
    new_move,
    record,
    rolled_back,
)
from training.tracking import Tracker, open_tracker
from training.versions import (
    CHAMPION,
    PREVIOUS_CHAMPION,
    version_at,
    version_named,
    versions,
)


def promote(settings: Settings, number: str, reason: str) -> Move:
    """Make a version champion and return the move; the version has to load and answer first."""
    tracker = open_tracker(settings)
    version = version_named(tracker, number)
    held = version_at(tracker, CHAMPION)
    if held == number:
        raise NothingToDo(f"version {number} is champion already.")
    prove(version)
    move = record(tracker, new_move(number, BY_HAND, reason, replaced=held))
    carry_out(tracker, move)
    return move


def rollback(settings: Settings, reason: str) -> Move:
    """Make the previous champion champion again and return the move.

    The two aliases change places. Running it again finishes a rollback that was killed, and
    otherwise does nothing: the version that was rolled back does not come back by accident.
    """
    tracker = open_tracker(settings)
    moves = all_moves(versions(tracker))
    held = version_at(tracker, CHAMPION)
    last = moves[-1] if moves else None
    if last and last.action == ROLLBACK and held in (last.version, last.replaced):
        return _finish(tracker, last)
    target = _target(tracker, held, moves)
    prove(version_named(tracker, target))
    move = record(tracker, new_move(target, ROLLBACK, reason, replaced=held))
    carry_out(tracker, move)
    return move


def _finish(tracker: Tracker, move: Move) -> Move:
    if is_carried_out(tracker, move):
        raise NothingToDo(
            f"version {move.version} is champion since the rollback of {move.at:%Y-%m-%d %H:%M} "
            f"UTC, in place of version {move.replaced}. To go back further or to undo the "
            "rollback, name a version: `aisle history`, `aisle promote VERSION`."
        )
    carry_out(tracker, move)
    return move


def _target(tracker: Tracker, held: str | None, moves: list[Move]) -> str:
    """Return the version to go back to, if there is one that was not rolled back itself."""
    if held is None:
        raise AisleError("There is no champion to roll back: see `aisle history`.")
    previous = version_at(tracker, PREVIOUS_CHAMPION)
    if previous is None or previous == held:
        raise AisleError(
            f"Version {held} is champion and there was none before it, so there is nothing to "
            "roll back to: name a version (`aisle history`, `aisle promote VERSION`)."
        )
    barred = rolled_back(moves).get(previous)
    if barred:
        raise AisleError(
            f"The previous champion, version {previous}, was itself rolled back on "
            f"{barred.at:%Y-%m-%d %H:%M} UTC ({barred.reason}): name the version you want "
            "(`aisle history`, `aisle promote VERSION`)."
        )
    return previous
