"""From a judged request to an acknowledgement: both logs are durable before anybody hears 200."""

import asyncio
import os
import tempfile
from pathlib import Path

from aisle.collector.batches import Verdicts
from aisle.collector.metrics import LogMetrics, Metrics
from aisle.collector.problems import Busy, CannotKeep
from aisle.collector.records import MAX_BATCH_BYTES, encoder
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
        self._heard = {kind: LogMetrics(metrics, kind) for kind in (EVENTS, QUARANTINE)}
        self._logs = {
            kind: LandingLog(settings.landing, kind, WRITER, self._options, heard)
            for kind, heard in self._heard.items()
        }

    async def keep(self, source: str, verdicts: Verdicts) -> None:
        """Return when all of it is durable; raise when it is not, and then the sender tries again.

        Good events may be durable although their request is refused: the next try brings the same
        `message_id`, and loading takes each once.
        """
        waiting = []
        try:
            for kind, records in ((EVENTS, verdicts.landed), (QUARANTINE, verdicts.refused)):
                if records:
                    lines = encoder.encode_lines(records)
                    future = self._logs[kind].append(lines, len(records))
                    waiting.append(asyncio.wrap_future(future))
        except LogFull as full:
            await asyncio.gather(*waiting, return_exceptions=True)
            raise Busy(full.retry_after_seconds) from None
        await self._wait(waiting)
        self._metrics.requests.labels("200").inc()
        self._metrics.accepted.labels(source).inc(len(verdicts.landed))
        self._metrics.count_refused(source, verdicts.refused)

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

    @staticmethod
    async def _wait(waiting: "list[asyncio.Future[None]]") -> None:
        """Return when all of them are durable; they are written side by side."""
        failure = None
        for future in waiting:
            try:
                await future
            except LogFailed as failed:
                failure = failed
        if failure is not None:
            raise CannotKeep from failure


def _write_durably(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".ready-", dir=folder)
    try:
        os.posix_fallocate(handle, 0, MAX_BATCH_BYTES)  # room for the largest request
        os.fsync(handle)
    finally:
        os.close(handle)
        os.unlink(name)
