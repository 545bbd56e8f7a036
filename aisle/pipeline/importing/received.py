"""When a shop's files were received, which decides between two versions of one order."""

import gzip
import json
import zlib
from pathlib import Path

from aisle.core.clock import wall_clock
from aisle.core.landing import landed_files


def received_at(landing: Path, delivery: str) -> str:
    """Return the time, ISO in UTC, at which the events of this delivery were first imported.

    The same files a second time keep it: they are no news, and their files stay what they were.
    """
    for path in landed_files(landing, f"events/{delivery}"):
        if known := _written_in(path):
            return known
    return wall_clock().isoformat() + "Z"


def _written_in(path: Path) -> str:
    """Return the time in the first line; nothing where it holds none or the file is damaged."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return str(json.loads(next(lines, "{}")).get("received_at", ""))
    except (OSError, EOFError, ValueError, zlib.error):
        return ""
