"""From a judged request to an acknowledgement: both logs are durable before anybody hears 200."""

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from aisle.collector.batches import Verdicts
from aisle.collector.metrics import LogMetrics, Metrics
from aisle.collector.problems import Busy, CannotKeep
from aisle.collector.records import MAX_BATCH_BYTES, Quarantined, encoder
from aisle.core.landing.append import LandingLog, LogFailed, LogFull, LogOptions
from aisle.core.landing.bucket import BucketProbe
from aisle.core.settings import Settings

EVENTS = "events"
QUARANTINE = "quarantine"
WRITER = "collector"


class Intake:
    """The two logs of one process."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._landing = settings.landing
        self._bucket = BucketProbe(settings.landing_url) if settings.landing_url else None
        self._options = LogOptions(url=settings.landing_url)
        self._wake_up = WakeUp()
        self._heard = {kind: LogMetrics(metrics, kind) for kind in (EVENTS, QUARANTINE)}
        self._logs = {
            kind: LandingLog(settings.landing, kind, WRITER, self._options, heard)
            for kind, heard in self._heard.items()
        }

    def keep(self, source: str, verdicts: Verdicts) -> Coroutine[Any, Any, None]:
        """Queue all of it; what is returned is done when it is durable, and raises if it is not.

        Then the sender tries again. Good events may be durable although their request is refused:
        the next try brings the same `message_id`, and loading takes each once.
        """
        try:
            waiting = [
                self._logs[kind].append(encoder.encode_lines(records), len(records))
                for kind, records in ((EVENTS, verdicts.landed), (QUARANTINE, verdicts.refused))
                if records
            ]
        except LogFull as full:
            raise Busy(full.retry_after_seconds) from None
        return self._acknowledged(source, len(verdicts.landed), verdicts.refused, waiting)

    def trouble(self) -> str | None:
        """Return why nothing can be kept now; None when it can."""
        for kind, heard in self._heard.items():
            if (
                heard.waiting_batches >= self._options.queue_batches
                or heard.waiting_bytes >= self._options.queue_bytes
            ):
                return f"the queue of the log of {kind} is full"
        if self._bucket is not None:
            return self._bucket.trouble()
        try:
            _write_durably(self._landing)
        except OSError as error:
            return f"the landing zone cannot be written: {error.strerror}"
        return None

    def close(self) -> None:
        """Make durable what waits, and show it to readers."""
        for log in self._logs.values():
            log.close()

    async def _acknowledged(
        self,
        source: str,
        landed: int,
        refused: list[Quarantined],
        waiting: "list[Future[None]]",
    ) -> None:
        """Return when all of it is durable; both logs are written side by side."""
        failure = None
        for durable in waiting:
            try:
                await self._wake_up.after(durable)
            except LogFailed as failed:
                failure = failed
        if failure is not None:
            raise CannotKeep from failure
        self._metrics.count_kept(source, landed, refused)


class WakeUp:
    """Wakes all requests that wait for the same group at once, not each by a signal of its own."""

    def __init__(self) -> None:
        self._waiting: dict[Future[None], list[asyncio.Future[None]]] = {}

    def after(self, durable: "Future[None]") -> "asyncio.Future[None]":
        """Return a future of this loop's; whoever cancels it does so for himself alone."""
        loop = asyncio.get_running_loop()
        own = loop.create_future()
        waiting = self._waiting.get(durable)
        if waiting is None:
            waiting = self._waiting[durable] = []
            durable.add_done_callback(lambda _: self._signal(loop, durable))
        waiting.append(own)
        return own

    def _signal(self, loop: asyncio.AbstractEventLoop, durable: "Future[None]") -> None:
        """Ask the loop to wake them; the writer's thread calls it."""
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._wake, durable)

    def _wake(self, durable: "Future[None]") -> None:
        failure = durable.exception()
        for one in self._waiting.pop(durable):
            if one.done():  # its request ended early
                continue
            if failure is None:
                one.set_result(None)
            else:
                one.set_exception(failure)


def _write_durably(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".ready-", dir=folder)
    try:
        os.posix_fallocate(handle, 0, MAX_BATCH_BYTES)  # room for the largest request
        os.fsync(handle)
    finally:
        os.close(handle)
        os.unlink(name)
