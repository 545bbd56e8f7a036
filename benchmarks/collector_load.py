"""Load for a collector, from a process of its own: prepared batches of events, sent and timed.

`python -m benchmarks.collector_load PORT PATH SECONDS CONNECTIONS [BATCHES_PER_SECOND]` prints
JSON. Without a rate every connection sends as soon as it was answered (closed loop); with one,
batches are due at fixed moments and latency counts from when a batch was due (open loop).
"""

import json
import random
import socket
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

KEY = "benchmark-write-key"
EVENTS = 100  # in a batch
BODIES = 64
OK = b"HTTP/1.1 200"
# What shoppers do, about as often as they do it.
NAMES = (
    *["Product Viewed"] * 40,
    *["Product Clicked"] * 20,
    *["Product List Viewed"] * 12,
    *["Product Added"] * 12,
    *["Products Searched"] * 8,
    *["Product Removed"] * 3,
    *["Checkout Started"] * 3,
    *["Order Completed"] * 2,
)
WITH_PRODUCTS = {"Product List Viewed": 12, "Checkout Started": 4, "Order Completed": 4}


@dataclass
class Timings:
    """What came back."""

    latencies: list[float] = field(default_factory=list)
    refused: int = 0


def main(port: int, path: str, seconds: float, connections: int, rate: float | None) -> None:
    """Send for a while; print what came back."""
    random.seed(7)
    requests = [request_of(path) for _ in range(BODIES)]
    timings = [Timings() for _ in range(connections)]
    start = time.perf_counter() + 0.2
    senders = [
        threading.Thread(
            target=_send,
            args=(port, requests, one, _due(start, seconds, number, connections, rate)),
        )
        for number, one in enumerate(timings)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    latencies = sorted(latency for one in timings for latency in one.latencies)
    answered = {
        "batches": len(latencies),
        "refused": sum(one.refused for one in timings),
        "seconds": time.perf_counter() - start,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "body_bytes": len(requests[0]),
    }
    print(json.dumps(answered))  # noqa: T201


def _due(start: float, seconds: float, number: int, connections: int, rate: float | None) -> Any:
    """Yield the moments at which a connection sends; None for at once."""
    if rate is None:
        while time.perf_counter() < start + seconds:
            yield None
        return
    for turn in range(number, int(seconds * rate), connections):
        yield start + turn / rate


def _send(port: int, requests: list[bytes], timings: Timings, due: Any) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for turn, moment in enumerate(due):
            started = time.perf_counter() if moment is None else moment
            wait = started - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            connection.sendall(requests[turn % len(requests)])
            answer = connection.recv(65536)
            while b'"success"' not in answer:
                answer += connection.recv(65536)
            timings.latencies.append(time.perf_counter() - started)
            timings.refused += not answer.startswith(OK)


def request_of(path: str) -> bytes:
    """Return a whole HTTP request with a batch."""
    now = datetime.now(UTC)
    events = [_event(now - timedelta(seconds=EVENTS - at)) for at in range(EVENTS)]
    content = {"batch": events, "sentAt": _iso(now), "writeKey": KEY}
    body = json.dumps(content, separators=(",", ":")).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _event(moment: datetime) -> dict[str, Any]:
    name = random.choice(NAMES)
    path = f"/products/{random.randrange(90_000)}"
    return {
        "timestamp": _iso(moment),
        "integrations": {},
        "userId": f"c-{random.randrange(100_000)}" if random.random() < 0.3 else None,
        "anonymousId": str(uuid.UUID(int=random.getrandbits(128))),
        "event": name,
        "type": "track",
        "properties": _properties(name),
        "context": {
            "page": {
                "path": path,
                "referrer": "https://www.google.com/",
                "search": "",
                "title": "Käse, Milch | Shop",
                "url": f"https://shop.example{path}",
            },
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36",
            "locale": "en-US",
            "library": {"name": "analytics.js", "version": "npm:next-1.81.1"},
            "timezone": "Europe/Berlin",
        },
        "messageId": f"ajs-next-{uuid.UUID(int=random.getrandbits(128))}",
    }


def _properties(name: str) -> dict[str, Any]:
    if name in WITH_PRODUCTS:
        products = [{**_product(), "position": at + 1} for at in range(WITH_PRODUCTS[name])]
        return {
            "order_id": uuid.uuid4().hex,
            "currency": "USD",
            "total": 42.5,
            "products": products,
        }
    return {"query": "milk"} if name == "Products Searched" else _product()


def _product() -> dict[str, Any]:
    number = random.randrange(90_000)
    return {
        "product_id": str(number),
        "sku": f"sku-{number}",
        "name": "Milk, 1 l",
        "brand": "Alm",
        "category": "Dairy/Milk",
        "price": 1.49,
        "quantity": random.randrange(1, 4),
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        sys.argv[2],
        float(sys.argv[3]),
        int(sys.argv[4]),
        float(sys.argv[5]) if len(sys.argv) > 5 else None,
    )
