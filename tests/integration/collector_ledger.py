"""Senders that keep a ledger of what was acknowledged, and of what they sent at all."""

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.integration.collector_process import WRITE_KEY

EVENTS_A_BATCH = 20


def page_views(count: int) -> list[dict[str, object]]:
    """Return that many events that nothing is wrong with."""
    return [
        {
            "type": "page",
            "name": "Home",
            "messageId": uuid.uuid4().hex,
            "anonymousId": f"visitor-{random.randrange(50)}",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "properties": {"path": "/", "title": "Überblick"},
        }
        for _ in range(count)
    ]


@dataclass
class Ledger:
    """What was acknowledged, by message id; and how often each status was the answer."""

    acknowledged: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_sent(self, ids: list[str]) -> None:
        with self._lock:
            self.sent.update(ids)

    def note_answer(self, status: int, ids: list[str]) -> None:
        with self._lock:
            self.answers[status] += 1
            if status == httpx.codes.OK:
                self.acknowledged.update(ids)


class Senders:
    """Threads that send as clients do: what is not acknowledged is sent again, unchanged."""

    def __init__(self, url: str, ledger: Ledger, count: int = 4) -> None:
        self._url = f"{url}/v1/batch"
        self._ledger = ledger
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(count)]

    def __enter__(self) -> "Senders":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with httpx.Client(auth=(WRITE_KEY, ""), timeout=10) as client:
            while not self._stop.is_set():
                self._deliver(client, page_views(EVENTS_A_BATCH))

    def _deliver(self, client: httpx.Client, batch: list[dict[str, object]]) -> None:
        ids = [str(event["messageId"]) for event in batch]
        self._ledger.note_sent(ids)
        while not self._stop.is_set():
            try:
                status = client.post(self._url, json={"batch": batch}).status_code
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            self._ledger.note_answer(status, ids)
            if status == httpx.codes.OK:
                return
            time.sleep(0.05)
