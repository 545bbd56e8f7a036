"""What a page sends to the collector and what comes back, as the browser itself sees it."""

import json

from playwright.sync_api import Page, Request

from tests.integration.shopping_session import Message

PATIENCE_MS = 60_000


class Wire:
    """The messages of one page and which of them the collector acknowledged.

    `attempts` holds each message as often as it was sent, by `messageId`: the library counts in it
    how often it tried, and adds the user that it has come to know in the meantime.
    """

    def __init__(self, page: Page) -> None:
        self.attempts: dict[str, list[Message]] = {}
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
            self.attempts.setdefault(message["messageId"], []).append(message)

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
