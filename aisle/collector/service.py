"""What one running collector consists of, and how it takes a request in."""

import logging
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from aisle.collector.batches import Verdicts
from aisle.collector.intake import Intake
from aisle.collector.judging import Judge
from aisle.collector.keys import WriteKeys, basic_user
from aisle.collector.metrics import Metrics
from aisle.collector.problems import UnknownKey
from aisle.collector.receipts import Receipt
from aisle.collector.records import Quarantined, counted_as
from aisle.core.settings import Settings
from aisle.core.write_keys import configured_keys, server_sources

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collector:
    """Everything that the endpoints need."""

    settings: Settings
    keys: WriteKeys
    server_sources: frozenset[str]  # whose keys no visitor's device holds
    judge: Judge
    metrics: Metrics
    intake: Intake

    @classmethod
    def started(cls, settings: Settings) -> "Collector":
        """Return a collector that can take events; raise what is wrong with its settings."""
        keys, judge = WriteKeys(configured_keys(settings)), Judge.configured(settings)
        servers, metrics = server_sources(settings), Metrics()
        return cls(settings, keys, servers, judge, metrics, Intake(settings, metrics))

    def source_of(self, request: Request, *keys: str | None) -> str:
        """Return who sends: by Basic authorization, else by a key in the body."""
        for key in (basic_user(request.headers.get("authorization")), *keys):
            source = self.keys.source_of(key)
            if source is not None:
                return source
        raise UnknownKey

    def receipt(
        self, request: Request, source: str, *, kind: str | None = None, is_device: bool = True
    ) -> Receipt:
        """Return what is known of the events of a request besides their text.

        Only the address of a visitor's own device says something of the visitor.
        """
        peer = request.client.host if is_device and request.client else None
        address = self.judge.privacy.peer_address(peer)
        return Receipt(
            source,
            datetime.now(UTC),
            address=address,
            type=kind,
            by_public_key=source not in self.server_sources,
        )

    def keep(self, source: str, verdicts: Verdicts, size_bytes: int) -> Coroutine[Any, Any, None]:
        """Queue all of it; what is returned is done when it is durable.

        It holds no event: what was read is gone before the wait, and the next request finds its
        memory in the cache of the processor.
        """
        count = len(verdicts.landed) + len(verdicts.refused)
        self.metrics.count_read(source, count, size_bytes)
        return self._acknowledged(source, verdicts.refused, self.intake.keep(source, verdicts))

    @staticmethod
    async def _acknowledged(
        source: str, refused: list[Quarantined], durable: Awaitable[None]
    ) -> None:
        await durable
        if refused:
            reasons = sorted({counted_as(one.reason) for one in refused})
            log.warning(
                "events quarantined",
                extra={"source": source, "events": len(refused), "reasons": reasons},
            )
