"""The endpoints of Segment's and RudderStack's clients."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from aisle.collector.batches import judge_batch, judge_one, parse_batch, parse_one
from aisle.collector.bodies import read_body
from aisle.collector.browser_settings import browser_settings
from aisle.collector.problems import UnknownKey, json_response
from aisle.collector.service import Collector

router = APIRouter()
TYPES = {
    "track": "t",
    "page": "p",
    "screen": "s",
    "identify": "i",
    "group": "g",
    "alias": "a",
}
# Batches of visitors' own devices; the others come from shops' servers, whose address is nobody's.
DEVICES_BATCH = "/v1/b"
SUCCESS = b'{"success":true}'


def collector_of(request: Request) -> Collector:
    """Return the running collector."""
    collector = request.app.state.collector
    assert isinstance(collector, Collector)
    return collector


Running = Annotated[Collector, Depends(collector_of)]


async def take_batch(request: Request) -> Response:
    """Take a batch of events; 200 when all of them are durable, the bad ones in the quarantine."""
    await _kept(request, await read_body(request))
    return Response(SUCCESS, media_type="application/json")


def _kept(request: Request, body: bytes) -> Coroutine[Any, Any, None]:
    """Read, judge and queue a batch; what is returned is done when all of it is durable."""
    collector = collector_of(request)
    parsed = parse_batch(body, collector.judge.privacy.names)
    source = collector.source_of(request, parsed.write_key)
    is_device = request.scope["path"] == DEVICES_BATCH
    receipt = collector.receipt(request, source, is_device=is_device)
    verdicts = judge_batch(parsed, collector.judge, receipt)
    return collector.keep(source, verdicts, len(body))


def taking(kind: str) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler of the events of one type."""

    async def take(request: Request) -> Response:
        collector = collector_of(request)
        body = await read_body(request)
        event, write_key = parse_one(body)
        source = collector.source_of(request, write_key)
        receipt = collector.receipt(request, source, kind=kind)
        await collector.keep(source, judge_one(event, collector.judge, receipt), len(body))
        return Response(SUCCESS, media_type="application/json")

    return take


async def show_settings(key: str, request: Request) -> Response:
    """Return what Segment's browser client asks for before it sends."""
    collector = collector_of(request)
    if collector.keys.source_of(key) is None:
        raise UnknownKey
    base = collector.settings.collector_url or str(request.base_url)
    return json_response(browser_settings(key, base))
