"""Records landed as they arrive: acknowledged when they are on disk or in the bucket, never before.

One writer thread takes all that is queued, writes it at once, waits once for the disk and then
resolves the one future of all who wait (group commit), so that durability costs one fsync and one
wake-up however many wait.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aisle.core.landing.active_file import finish_abandoned
from aisle.core.landing.bucket import BucketSink, shown
from aisle.core.landing.sinks import COLLECTED, FolderSink, Sink

log = logging.getLogger(__name__)


class LogFull(Exception):
    """More waits for the disk than may wait: try again later."""

    def __init__(self, retry_after_seconds: int) -> None:
        """Take the time after which the sender should try again."""
        super().__init__(f"the queue is full: try again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


class LogFailed(Exception):
    """The lines are not durable; the next append tries the disk or bucket again."""


@dataclass(frozen=True)
class LogOptions:
    """How a log behaves; `url` names a bucket to use in place of the folder."""

    url: str = ""
    gather_seconds: float = 0.003  # from one group to the next, at least, while many send
    rotate_seconds: float = 60.0
    rotate_bytes: int = 64 * 2**20
    queue_bytes: int = 64 * 2**20
    queue_batches: int = 4096
    retry_after_seconds: int = 1
    clock: Callable[[], float] = time.time  # seconds since 1970; says which hour it is


class Observer(Protocol):
    """Hears what a log does, for metrics. Called from several threads; must not block or raise."""

    def committed(self, records: int, size_bytes: int, seconds: float) -> None:
        """Hear that one group is durable, and how long write and fsync (or put) took."""

    def failed(self, records: int, error: Exception) -> None:
        """Hear that one group is not durable."""

    def queued(self, batches: int, size_bytes: int) -> None:
        """Hear how much waits or is being written now."""


class Unobserved:
    """Hears nothing."""

    def committed(self, records: int, size_bytes: int, seconds: float) -> None:
        """Do nothing."""

    def failed(self, records: int, error: Exception) -> None:
        """Do nothing."""

    def queued(self, batches: int, size_bytes: int) -> None:
        """Do nothing."""


def _started() -> "Future[None]":
    """Return a future that nobody can cancel."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


@dataclass
class _Group:
    """Batches that are written at once; who sent one of them waits for the future of all."""

    batches: list[bytes] = field(default_factory=list)
    records: int = 0
    durable: "Future[None]" = field(default_factory=_started)

    def add(self, lines: bytes, records: int) -> None:
        self.batches.append(lines)
        self.records += records


class LandingLog:
    """Lands the records of one kind; any thread may append."""

    def __init__(
        self,
        landing: Path,
        kind: str,
        writer: str,
        options: LogOptions = LogOptions(),
        observe: Observer = Unobserved(),
    ) -> None:
        """Finish what a killed writer left, and start the writer thread.

        `writer` begins the names of the files; they are unique however many processes share it.
        """
        self._options = options
        self._observe = observe
        self._what = f"{kind} at {shown(options.url) or landing}"
        self._sink = _sink(landing, kind, f"{writer}-{_unique()}", options)
        finish_abandoned(landing / kind / COLLECTED)
        self._waiting = _Group()
        self._batches = 0  # waiting or being written
        self._bytes = 0
        self._is_closed = False
        self._is_failing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"landing-{kind}", daemon=True)
        self._thread.start()

    def append(self, lines: bytes, count: int) -> "Future[None]":
        """Return a future that is done when these `count` newline-terminated lines are durable.

        Raises LogFull at once when too much waits. The future raises LogFailed when the lines
        could not be made durable, or the log is closed; it cannot be cancelled. What is written
        together shares one future.
        """
        if not lines:
            nothing = _started()
            nothing.set_result(None)
            return nothing
        if not lines.endswith(b"\n"):
            raise ValueError(f"lines must end with a newline, and these end with {lines[-20:]!r}")
        with self._changed:
            if self._is_closed or not self._thread.is_alive():
                refused = _started()
                refused.set_exception(LogFailed(f"{self._what}: the log is closed"))
                return refused
            self._require_room(len(lines))
            self._waiting.add(lines, count)
            self._count(1, len(lines))
            self._changed.notify()
            return self._waiting.durable

    def close(self) -> None:
        """Write what waits, make it durable and show it to readers. A second close does nothing."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _require_room(self, size: int) -> None:
        """Raise LogFull; a single batch larger than the whole queue still gets its turn."""
        limits = self._options
        is_full = self._batches >= limits.queue_batches or self._bytes + size > limits.queue_bytes
        if self._batches and is_full:
            raise LogFull(limits.retry_after_seconds)

    def _count(self, batches: int, size: int) -> None:
        self._batches += batches
        self._bytes += size
        self._observe.queued(self._batches, self._bytes)

    def _run(self) -> None:
        try:
            while (group := self._take()) is not None:
                if group.batches:
                    began = time.monotonic()
                    self._commit(group)
                    self._gather(group, began)
                elif self._sink.seconds_left(self._options.clock()) == 0:
                    self._sink.rotate()
        finally:
            self._end()

    def _end(self) -> None:
        """Show all to readers; whatever ended the thread, nobody waits for it any more."""
        with self._changed:
            self._is_closed = True
            rest, self._waiting = self._waiting, _Group()
        rest.durable.set_exception(LogFailed(f"{self._what}: the writer has ended"))
        self._sink.rotate()

    def _take(self) -> _Group | None:
        """Return all that waits; an empty group when it is time to rotate; None at the end."""
        with self._changed:
            if not self._waiting.batches and not self._is_closed:
                self._changed.wait(self._sink.seconds_left(self._options.clock()))
            group, self._waiting = self._waiting, _Group()
            return group if group.batches or not self._is_closed else None

    def _gather(self, last: _Group, began: float) -> None:
        """Let more come while many send: a group costs its senders' thread the same at any size.

        Whoever sends one batch after the other is not held up, nor does a slow disk get slower.
        """
        if len(last.batches) > 1:
            taken = time.monotonic() - began
            time.sleep(max(0.0, self._options.gather_seconds - taken))

    def _commit(self, group: _Group) -> None:
        size = sum(map(len, group.batches))
        started = time.perf_counter()
        failure: LogFailed | None = None
        try:
            self._sink.write(group.batches, self._options.clock())
        except (
            Exception
        ) as error:  # object stores raise what they like, and nobody may wait for ever
            failure = LogFailed(f"{self._what} cannot be written: {error}")
            failure.__cause__ = error
        seconds = time.perf_counter() - started
        try:
            with self._changed:
                self._count(-len(group.batches), -size)
        finally:
            if failure is None:
                group.durable.set_result(None)
            else:
                group.durable.set_exception(failure)
        self._tell(group.records, size, seconds, failure)

    def _tell(self, records: int, size: int, seconds: float, failure: LogFailed | None) -> None:
        """Tell the observer, and the log file once when it starts and once when it ends."""
        if failure is None:
            self._observe.committed(records, size, seconds)
            if self._is_failing:
                log.warning("%s can be written again", self._what)
        else:
            self._observe.failed(records, failure)
            if not self._is_failing:
                log.error("%s; nothing is acknowledged until it can", failure)
        self._is_failing = failure is not None


def _sink(landing: Path, kind: str, name: str, options: LogOptions) -> Sink:
    if options.url:
        return BucketSink(options.url, kind, name)
    return FolderSink(landing, kind, name, options.rotate_seconds, options.rotate_bytes)


def _unique() -> str:
    """Return what tells this log from all others; names in the order of their start."""
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    return f"{seconds:x}{nanoseconds:08x}{secrets.token_hex(3)}"
