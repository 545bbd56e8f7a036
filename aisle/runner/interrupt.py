"""Makes a polite request to end (SIGTERM) run the same clean-up as Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ending_on_terminate() -> Iterator[None]:
    """Raise SystemExit in the block on SIGTERM, so that its `finally` parts run."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
