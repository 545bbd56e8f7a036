"""What a page sends to the collector and what comes back, as the browser itself sees it."""

import json

from playwright.sync_api import Page, Request

from tests.integration.shopping_session import Message

PATIENCE_MS = 60_000


class Wire:
    """The messages of one page, by `messageId`, and which of them the collector acknowledged."""

    def __init__(self, page: Page) -> None:
        self.sent: dict[str, Message] = {}
        self._page = page
        self._acknowledged: set[str] = set()
        page.on("request", self._note)
        page.on("requestfinished", self._acknowledge)

    def wait_until_acknowledged(self, count: int) -> None:
        for _ in range(PATIENCE_MS // 100):
            if len(self._acknowledged) == count:
                return
            self._page.wait_for_timeout(100)
        raise AssertionError(f"{len(self._acknowledged)} of {count} events were acknowledged")

    def _note(self, request: Request) -> None:
        for message in messages(request):
            self.sent.setdefault(message["messageId"], message)

    def _acknowledge(self, request: Request) -> None:
        answer = request.response()
        if answer is not None and answer.status == 200:
            self._acknowledged |= {message["messageId"] for message in messages(request)}


def messages(request: Request) -> list[Message]:
    """Return the messages of a request: of a batch, or the one it is."""
    if request.method != "POST":
        return []
    body = json.loads(request.post_data or "{}")
    return list(body.get("batch", [body]))
