"""The application: the endpoints around one loaded champion."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from aisle.core.settings import Settings
from aisle.serving.feature_routes import router as feature_router
from aisle.serving.live import POLL_SECONDS, Live
from aisle.serving.problems import add_problem_handlers
from aisle.serving.routes import router
from aisle.serving.session_routes import router as session_router


def create_app(settings: Settings, poll_seconds: float = POLL_SECONDS) -> FastAPI:
    """Return the application. The champion is loaded when it starts, and again when it moves."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        live = Live(settings, poll_seconds)
        live.start()
        app.state.live = live
        yield
        live.stop()

    app = FastAPIOffline(
        title="Aisle",
        description="Recommendations of the registered champion.",
        lifespan=lifespan,
    )
    app.include_router(router)
    app.include_router(feature_router)
    app.include_router(session_router)
    add_problem_handlers(app)
    return app
