"""A way to the collector on which the first requests meet trouble, as they do in the world."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx

from aisle.collector.problems import Busy, CannotKeep, Problem, mixpanel_answer, segment_answer

LOST_ANSWER = "lost answer"  # what was sent has arrived, and its sender never hears of it
Trouble = Problem | str
TROUBLES: dict[str, list[Trouble]] = {
    "answers were lost": [LOST_ANSWER, LOST_ANSWER],
    "the queue was full": [Busy(1)],
    "the disk was full": [CannotKeep()],
}
OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
MIXPANEL = ("/track", "/engage", "/groups", "/import")
ANY_PAGE = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


@contextmanager
def difficult_way(target: str, troubles: list[Trouble]) -> Iterator[str]:
    """Yield an address that leads to `target`; each trouble befalls one request with events."""
    ahead = list(troubles)
    handler = type("Bound", (Handler,), {"target": target, "ahead": ahead})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    assert ahead == [], "too little was sent to meet every trouble"


class Handler(BaseHTTPRequestHandler):
    """Passes requests on, unless trouble is ahead of one that brings events."""

    target: ClassVar[str]
    ahead: ClassVar[list[Trouble]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        trouble = self.ahead.pop(0) if self.ahead else None
        if isinstance(trouble, Problem):
            answer = mixpanel_answer if self.path.startswith(MIXPANEL) else segment_answer
            refused = answer(trouble)
            self._answer(refused.status_code, {**refused.headers, **ANY_PAGE}, bytes(refused.body))
            return
        answered = self._forwarded(body)
        if trouble == LOST_ANSWER:
            assert answered.status_code == 200, answered.text
            self.close_connection = True
            return
        self._answer(answered.status_code, answered.headers, answered.content)

    def do_GET(self) -> None:
        answered = self._forwarded(b"")
        self._answer(answered.status_code, answered.headers, answered.content)

    do_OPTIONS = do_GET

    def _forwarded(self, body: bytes) -> httpx.Response:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in OF_ONE_HOP}
        address = f"{self.target}{self.path}"
        with httpx.Client(trust_env=False) as client:
            return client.request(self.command, address, content=body, headers=headers)

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in OF_ONE_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
