"""Where a log puts each group of lines: files of the landing folder."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from aisle.core.landing.active_file import OPEN, ActiveFile

log = logging.getLogger(__name__)

COLLECTED = "collector"  # folder of what was landed as it arrived
HOUR = 3600


class Sink(Protocol):
    """Puts lines where they last; used by one thread."""

    def write(self, blocks: Sequence[bytes], now: float) -> None:
        """Return when the lines are durable; raise when they are not."""

    def seconds_left(self, now: float) -> float | None:
        """Return how long it may stay as it is without new lines; None: for ever."""

    def rotate(self) -> None:
        """Let readers see all that is durable."""


def partition(kind: str, now: float) -> str:
    """Return the folder of what is received at this time (seconds since 1970)."""
    hour = datetime.fromtimestamp(now, UTC)
    return f"{kind}/{COLLECTED}/date={hour:%Y-%m-%d}/hour={hour:%H}"


@dataclass
class FolderSink:
    """Appends to one growing file, and begins another by age, size, hour and after a fault."""

    landing: Path
    kind: str
    name: str
    rotate_seconds: float
    rotate_bytes: int
    _sequence: int = 0
    _active: ActiveFile | None = field(default=None, init=False)
    _hour: float = 0.0  # since 1970, of the growing file
    _opened: float = 0.0

    def write(self, blocks: Sequence[bytes], now: float) -> None:
        """Append the lines and wait for the disk."""
        hour = now // HOUR
        if self._active is not None and (hour != self._hour or self._is_old()):
            self.rotate()
        if self._active is None:
            self._active = self._create(partition(self.kind, now))
            self._hour = hour
        try:
            self._active.append(blocks)
        except OSError:
            self._give_up()
            raise
        if self._active.durable_bytes >= self.rotate_bytes:
            self.rotate()

    def seconds_left(self, now: float) -> float | None:
        """Return when the growing file is due to be completed."""
        if self._active is None:
            return None
        if self._is_old() or now // HOUR != self._hour:
            return 0.0
        age = time.monotonic() - self._opened
        return max(0.0, min(self.rotate_seconds - age, HOUR - now % HOUR))

    def rotate(self) -> None:
        """Complete the growing file; where that fails it is finished by whoever comes next."""
        active, self._active = self._active, None
        if active is None:
            return
        try:
            active.complete()
        except OSError as error:
            log.warning("%s stays as it is until it is finished: %s", active.path, error)

    def _is_old(self) -> bool:
        return time.monotonic() - self._opened >= self.rotate_seconds

    def _create(self, folder: str) -> ActiveFile:
        while True:
            self._sequence += 1
            path = self.landing / folder / f"{self.name}-{self._sequence:06d}.jsonl{OPEN}"
            if created := ActiveFile.create(path, self.landing):
                self._opened = time.monotonic()
                return created

    def _give_up(self) -> None:
        active, self._active = self._active, None
        assert active is not None
        with suppress(OSError):  # the fault that led here is the one to tell
            active.abandon()
