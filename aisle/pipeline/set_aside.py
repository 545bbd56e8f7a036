"""What a person does about a loaded event that no build can use: set it aside, with a reason."""

from pathlib import Path

from aisle.core.clock import wall_clock
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection, run_script, writer_connection

SCRIPT = Path(__file__).with_suffix(".sql")


def set_aside(settings: Settings, message_ids: list[str], reason: str) -> int:
    """Move all rows of these messages to `raw.quarantine`; return how many rows moved.

    Afterwards a corrected event with the same `message_id` can be delivered and is loaded.
    """
    with reader_connection(settings):
        pass  # a warehouse that is not there yet is said so, not made
    with writer_connection(settings) as connection:
        connection.begin()
        before = connection.table("raw.events").shape[0]
        stamp = {"message_ids": message_ids, "reason": reason, "now": wall_clock()}
        run_script(connection, SCRIPT, stamp)
        moved = int(before - connection.table("raw.events").shape[0])
        if not moved:
            raise AisleError(f"raw.events holds no message with an id among {message_ids}.")
        connection.commit()
    return moved
