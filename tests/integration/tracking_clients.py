"""The Python tracking clients as shops use them, unmodified: each sends a scripted session."""

from collections.abc import Callable
from typing import Any

from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from tests.integration.collector_process import WRITE_KEY
from tests.integration.shopping_session import Message

EVENTS_PER_BATCH = 5  # so that a session is several batches
IDS = {"userId": "user_id", "anonymousId": "anonymous_id"}
WORDS = {"previousId": "previous_id", "groupId": "group_id"}


class SegmentLike:
    """A client whose calls are those of Segment's library for Python."""

    def __init__(self, client: Callable[..., Any], host: str) -> None:
        self._errors: list[Exception] = []
        self._client = client(
            WRITE_KEY,
            host=host,
            gzip=True,
            upload_size=EVENTS_PER_BATCH,
            upload_interval=0.2,
            on_error=lambda error, _: self._errors.append(error),
        )

    def send(self, calls: list[Message]) -> list[Message]:
        """Make the calls; return each message as the client has put it together."""
        return [self._call(call) for call in calls]

    def flush(self) -> None:
        """Return once everything has been acknowledged; fail if the client gave anything up."""
        self._client.flush()
        assert self._errors == []

    def close(self) -> None:
        self._client.shutdown()

    def _call(self, call: Message) -> Message:
        words = {**IDS, **WORDS}
        arguments = {words.get(name, name): value for name, value in call.items() if name != "call"}
        _, message = getattr(self._client, call["call"])(**arguments)
        return dict(message)


def segment(host: str) -> SegmentLike:
    """Return Segment's own library for Python."""
    return SegmentLike(SegmentClient, host)


def rudderstack(host: str) -> SegmentLike:
    """Return RudderStack's library for Python."""
    return SegmentLike(RudderClient, host)
