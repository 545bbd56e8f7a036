"""The application: the endpoints around one running collector."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from aisle.collector import mixpanel_routes, segment_routes
from aisle.collector.documents import DESCRIPTION, WRITE_KEY, mixpanel_document, segment_document
from aisle.collector.metrics import CONTENT_TYPE
from aisle.collector.problems import (
    BadBody,
    CannotKeep,
    Problem,
    json_response,
    mixpanel_answer,
    segment_answer,
)
from aisle.collector.segment_routes import collector_of
from aisle.collector.service import Collector
from aisle.core.settings import Settings

log = logging.getLogger(__name__)

PREFLIGHT_SECONDS = 86_400
MIXPANEL_PATHS = tuple(f"/{endpoint}" for endpoint in mixpanel_routes.TRANSLATIONS)


def create_app(settings: Settings) -> FastAPI:
    """Return the application; what is wrong with the settings is raised when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.collector = Collector.started(settings)
        yield
        app.state.collector.intake.close()

    app = FastAPIOffline(title="Aisle collector", description=DESCRIPTION, lifespan=lifespan)
    _add_segment(app)
    _add_mixpanel(app)
    _add_health(app)
    _name_the_key(app)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
    # Any shop's page may send; a key says who it is, and no cookie is read. Mixpanel's client sends
    # with credentials, which a browser allows only when the page's own origin is named.
    app.add_middleware(
        CORSMiddleware,
        allow_origin_regex=".*",
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=["Retry-After"],  # else a page may not read how long to wait
        max_age=PREFLIGHT_SECONDS,
    )
    return app


def _add_segment(app: FastAPI) -> None:
    for path in ("/v1/batch", "/v1/b", "/v1/import"):
        document = segment_document("batch")
        app.add_api_route(path, segment_routes.take_batch, methods=["POST"], **document)
    for kind, short in segment_routes.TYPES.items():
        take = segment_routes.taking(kind)
        for path in (f"/v1/{kind}", f"/v1/{short}"):
            app.add_api_route(path, take, methods=["POST"], **segment_document(kind))
    app.add_api_route(
        "/v1/projects/{key}/settings",
        segment_routes.show_settings,
        methods=["GET"],
        tags=["browser"],
        summary="What Segment's browser client asks for first",
    )


def _add_mixpanel(app: FastAPI) -> None:
    for endpoint in mixpanel_routes.TRANSLATIONS:
        take = mixpanel_routes.taking_mixpanel(endpoint)
        path = f"/{endpoint}"
        app.add_api_route(path, take, methods=["POST"], **mixpanel_document(endpoint))
        # A page without scripts sends by loading an image: what it has to say is in the query.
        for way in (path, f"{path}/"):
            app.add_api_route(way, take, methods=["GET", "POST"], include_in_schema=False)


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", tags=["health"])
    async def alive() -> dict[str, str]:
        """Answer as long as the process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    def ready(request: Request) -> Response:
        """Answer 200 when events can be kept, else 503 and why not."""
        trouble = collector_of(request).intake.trouble()
        if trouble is None:
            return json_response({"status": "ready"})
        content = {"status": "unavailable", "reason": trouble}
        return json_response(content, HTTPStatus.SERVICE_UNAVAILABLE)

    @app.get("/metrics", tags=["health"])
    async def metrics(request: Request) -> Response:
        """Return what was counted, for Prometheus."""
        return Response(collector_of(request).metrics.page(), media_type=CONTENT_TYPE)


def _name_the_key(app: FastAPI) -> None:
    """Say in the document what the write key is: endpoints look at it themselves."""
    document = app.openapi

    def openapi() -> dict[str, Any]:
        content = document()
        content.setdefault("components", {})["securitySchemes"] = {"writeKey": WRITE_KEY}
        return content

    app.openapi = openapi  # type: ignore[method-assign]


async def _gone(request: Request, error: Exception) -> Response:
    """Answer nobody: the sender broke off before the body was there, and nothing was kept."""
    return segment_answer(BadBody("the sender broke off"))


def _is_mixpanel(request: Request) -> bool:
    return request.url.path.rstrip("/") in MIXPANEL_PATHS


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    level = logging.ERROR if isinstance(error, CannotKeep) else logging.WARNING
    log.log(level, "request refused", extra={"status": int(error.status), "reason": str(error)})
    collector_of(request).metrics.requests.labels(str(int(error.status))).inc()
    return mixpanel_answer(error) if _is_mixpanel(request) else segment_answer(error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    content = {"success": False, "code": HTTPStatus(error.status_code).phrase, "status": 0}
    message = f"{request.method} {request.url.path}: {error.detail}"
    return json_response(
        {**content, "message": message}, error.status_code, dict(error.headers or {})
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    # The server logs the traceback: Starlette raises the error again after this answer.
    content = {"success": False, "status": 0, "message": "the collector failed on this request"}
    return json_response(content, HTTPStatus.INTERNAL_SERVER_ERROR)
