"""A judge by Aisle's own plan, and an event to vary."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aisle.collector.batches import Verdicts, judge_batch, parse_batch
from aisle.collector.judging import Judge
from aisle.collector.plan import load_plan
from aisle.collector.privacy import Privacy
from aisle.collector.receipts import Receipt
from aisle.core.settings import Settings

RECEIVED_AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
Collect = Callable[..., Verdicts]


def viewed(**changes: Any) -> dict[str, Any]:
    """Return a good event with some fields changed; `...` takes one out."""
    event = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": "m-1",
        "userId": "u-1",
        "timestamp": "2026-03-01T11:59:00.000Z",
        "properties": {"product_id": "p-1"},
        **changes,
    }
    return {name: value for name, value in event.items() if value is not ...}


@pytest.fixture
def judge(settings: Settings) -> Judge:
    return Judge(load_plan(settings), Privacy())


@pytest.fixture
def collect(judge: Judge) -> Collect:
    """Return what judges events as a batch that has just come in."""

    def _collect(*events: Any, by: Judge = judge, address: str | None = None, **batch: Any):
        body = json.dumps({"batch": list(events), **batch}).encode()
        receipt = Receipt("web", RECEIVED_AT, address=address)
        return judge_batch(parse_batch(body, by.privacy.names), by, receipt)

    return _collect
