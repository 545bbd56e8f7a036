"""What the collector counts, for Prometheus."""

from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from aisle.collector.records import Quarantined, counted_as

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MAX_REASONS = 200  # a reason is ours, but a field in it is the sender's
OTHER_REASONS = "other"


class Metrics:
    """All counters of one process."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._reasons: set[str] = set()
        self._sources: dict[str, _Counted] = {}
        self.received = Counter(
            "aisle_collector_events_received", "Events read.", ["source"], registry=registry
        )
        self.accepted = Counter(
            "aisle_collector_events_accepted", "Events durable.", ["source"], registry=registry
        )
        self.quarantined = Counter(
            "aisle_collector_events_quarantined",
            "Events kept apart, durable too.",
            ["source", "reason"],
            registry=registry,
        )
        self.bytes = Counter(
            "aisle_collector_received_bytes", "Bytes of bodies, unpacked.", registry=registry
        )
        self.requests = Counter(
            "aisle_collector_requests", "Requests that send events.", ["status"], registry=registry
        )
        self._acknowledged = self.requests.labels("200")
        self.sync_seconds = Histogram(
            "aisle_collector_fsync_seconds",
            "Time to make one group durable: write and fsync, or put.",
            ["log"],
            buckets=SECONDS,
            registry=registry,
        )
        self.failures = Counter(
            "aisle_collector_write_failures", "Groups not durable.", ["log"], registry=registry
        )
        self.queue_batches = Gauge(
            "aisle_collector_queue_batches", "Batches that wait.", ["log"], registry=registry
        )
        self.queue_bytes = Gauge(
            "aisle_collector_queue_bytes", "Bytes that wait.", ["log"], registry=registry
        )

    def count_read(self, source: str, events: int, size_bytes: int) -> None:
        """Count a request that was read."""
        self._of(source).received.inc(events)
        self.bytes.inc(size_bytes)

    def count_kept(self, source: str, landed: int, refused: Iterable[Quarantined]) -> None:
        """Count a request of which all is durable."""
        self._acknowledged.inc()
        self._of(source).accepted.inc(landed)
        for one in refused:
            self.quarantined.labels(source, self._known_reason(one.reason)).inc()

    def _of(self, source: str) -> "_Counted":
        """Return what counts a source: to look for it by its label takes longer than to count."""
        counted = self._sources.get(source)
        if counted is None:
            counted = _Counted(self.received.labels(source), self.accepted.labels(source))
            self._sources[source] = counted
        return counted

    def page(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)

    def _known_reason(self, reason: str) -> str:
        counted = counted_as(reason)
        if counted in self._reasons or len(self._reasons) < MAX_REASONS:
            self._reasons.add(counted)
            return counted
        return OTHER_REASONS


class _Counted(NamedTuple):
    """The counters of one source."""

    received: Counter
    accepted: Counter


class LogMetrics:
    """Hears what one log does; several threads call it."""

    def __init__(self, metrics: Metrics, log: str) -> None:
        self._seconds = metrics.sync_seconds.labels(log)
        self._failures = metrics.failures.labels(log)
        self.waiting_batches = self.waiting_bytes = 0
        metrics.queue_batches.labels(log).set_function(lambda: self.waiting_batches)
        metrics.queue_bytes.labels(log).set_function(lambda: self.waiting_bytes)

    def committed(self, records: int, size_bytes: int, seconds: float) -> None:
        """Hear that one group is durable."""
        self._seconds.observe(seconds)

    def failed(self, records: int, error: Exception) -> None:
        """Hear that one group is not durable."""
        self._failures.inc()

    def queued(self, batches: int, size_bytes: int) -> None:
        """Hear how much waits."""
        self.waiting_batches, self.waiting_bytes = batches, size_bytes
