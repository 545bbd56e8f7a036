"""What the service counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0, 4.0)


class Metrics:
    """All counters of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.feature_reads = Counter(
            "aisle_serving_feature_reads",
            "Reads of one entity's row of a view that is online or held in memory: fresh, stale "
            "(older than the view's time to live, so treated as missing), missing, or unavailable "
            "(the store did not answer).",
            ["view", "state"],
            registry=self._registry,
        )
        self.feature_read_seconds = Histogram(
            "aisle_serving_feature_read_seconds",
            "Time to read all online views of one request's entities.",
            buckets=SECONDS,
            registry=self._registry,
        )

    def count_read(self, view: str, state: str) -> None:
        """Count one read of one entity's row of a view."""
        self.feature_reads.labels(view, state).inc()

    def page(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)
