"""What a request is refused for as a whole, and the JSON that says so."""

from http import HTTPStatus

import msgspec
from starlette.responses import Response


class Problem(Exception):
    """A request that is refused; the message is for whoever sent it."""

    status = HTTPStatus.BAD_REQUEST
    headers: dict[str, str] = {}


class BadBody(Problem):
    """The body cannot be read."""


class TooLarge(Problem):
    """The body holds more than a batch may."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnknownKey(Problem):
    """No write key was given, or none that is known."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__(
            "the write key is missing or unknown: send it as the user of Basic authorization or "
            "as `writeKey` in the body"
        )


class Busy(Problem):
    """More has come than can be written at once."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__("the queue to the disk is full: send the same again after Retry-After")
        self.headers = {"Retry-After": str(max(1, round(retry_after_seconds)))}


class CannotKeep(Problem):
    """The disk or the bucket does not take it."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("the events could not be made durable: send the same again later")
        self.headers = {"Retry-After": "5"}


def json_response(
    content: object, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """Return JSON."""
    return Response(
        msgspec.json.encode(content), status, headers=headers, media_type="application/json"
    )


def segment_answer(problem: Problem) -> Response:
    """Return a refusal as Segment's and RudderStack's clients read it."""
    content = {"success": False, "code": problem.status.phrase, "message": str(problem)}
    return json_response(content, problem.status, problem.headers)


def mixpanel_answer(problem: Problem) -> Response:
    """Return a refusal as Mixpanel's clients read it: some look at `status` and no further."""
    content = {"status": 0, "error": str(problem), "code": int(problem.status)}
    return json_response(content, problem.status, problem.headers)
