"""Errors as JSON problems: a message for the client, the traceback only in the log."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aisle.serving.answers import Problem

NO_CHAMPION = (
    "There is no champion to answer yet: run `make run`, which trains and promotes one. "
    "This service picks it up within seconds; no restart is needed."
)


NO_FEATURES = (
    "No features are online yet: run `make run`, or by hand `aisle apply-features` and "
    "`aisle materialize-features`. This service picks them up within seconds."
)
CANNOT_READ = "Features cannot be read: {trouble}. The log of this service says more."

CANNOT_LOAD = (
    "Nothing can be recommended: {trouble}. The log of this service says more. "
    "It tries again every few seconds; no restart is needed."
)


class NoChampion(Exception):
    """No model is loaded, so nothing can be recommended; `trouble` says why, if it is known."""

    def __init__(self, trouble: str | None) -> None:
        super().__init__(CANNOT_LOAD.format(trouble=trouble) if trouble else NO_CHAMPION)


class NoFeatures(Exception):
    """Feast's registry has no views, or nothing is published; `trouble` says why, if known."""

    def __init__(self, trouble: str | None) -> None:
        super().__init__(CANNOT_READ.format(trouble=trouble) if trouble else NO_FEATURES)


def add_problem_handlers(app: FastAPI) -> None:
    """Make `app` answer every error as a problem."""
    app.add_exception_handler(NoChampion, _not_yet)
    app.add_exception_handler(NoFeatures, _not_yet)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def problem(status: int, detail: str) -> JSONResponse:
    """Return a problem response."""
    content = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(
        content.model_dump(), status_code=status, media_type="application/problem+json"
    )


def _not_yet(_request: Request, error: Exception) -> JSONResponse:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    reasons = [f"{part['loc'][-1]}: {part['msg']}" for part in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(reasons))


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, f"{request.method} {request.url.path}: {error.detail}")
    answer.headers.update(error.headers or {})
    return answer


def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # The server logs the traceback: Starlette raises the error again after this answer.
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The service failed on this request; its log says why.",
    )
