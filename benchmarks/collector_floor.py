"""The floors a collector is measured against: the same server throws away what it parsed.

`python -m benchmarks.collector_floor` is `aisle collect` with two more endpoints that read the body
and look at the key like the real one, and then answer. `/floor` parses like the real one: typed,
with the objects inside an event checked as JSON and left as bytes. `/floor/objects` turns the whole
batch into plain objects, as a server does that has no such parser.
"""

import msgspec
from fastapi import Request
from starlette.responses import Response

from aisle.collector.app import create_app
from aisle.collector.batches import parse_batch
from aisle.collector.bodies import read_body
from aisle.collector.segment_routes import SUCCESS, collector_of
from aisle.collector.server import serve_app
from aisle.core.ports import open_port
from aisle.core.settings import Settings

FLOOR, OBJECTS_FLOOR = "/floor", "/floor/objects"


async def take_and_forget(request: Request) -> Response:
    """Answer as if the batch were kept."""
    collector = collector_of(request)
    parsed = parse_batch(await read_body(request), collector.judge.privacy.names)
    collector.source_of(request, parsed.write_key)
    return Response(SUCCESS, media_type="application/json")


async def read_and_forget(request: Request) -> Response:
    """Answer as if the batch were kept; all of it became objects."""
    batch = msgspec.json.decode(await read_body(request))
    collector_of(request).source_of(request, batch["writeKey"])
    return Response(SUCCESS, media_type="application/json")


def main() -> None:
    """Answer on AISLE_COLLECTOR_PORT until told to stop."""
    settings = Settings()
    app = create_app(settings)
    app.add_api_route(FLOOR, take_and_forget, methods=["POST"])
    app.add_api_route(OBJECTS_FLOOR, read_and_forget, methods=["POST"])
    port = settings.collector_port
    serve_app(app, open_port(settings.collector_host, port, "AISLE_COLLECTOR_PORT"))


if __name__ == "__main__":
    main()
