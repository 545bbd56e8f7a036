"""The server: one process, on loopback unless a setting says otherwise."""

import gc
import socket
import sys

import uvicorn
from fastapi import FastAPI

from aisle.collector.app import create_app
from aisle.core.ports import BACKLOG
from aisle.core.settings import Settings

GRACE_SECONDS = 10
# The thread that waits for the disk must not wait for the one that reads events as well: by default
# Python lets it wait for 5 ms, twice a group.
SWITCH_SECONDS = 0.0005
# Requests that wait for the disk are no garbage: looking for it after every 700 objects found none.
GC_THRESHOLD = 20_000


def serve(settings: Settings, listener: socket.socket) -> None:
    """Take events on an open port until the process is told to stop; then nothing waits."""
    serve_app(create_app(settings), listener)


def serve_app(app: FastAPI, listener: socket.socket) -> None:
    """Answer on an open port until the process is told to stop."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()  # what was imported stays: looking through it again would hold up requests
    gc.set_threshold(GC_THRESHOLD)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn has shut down and passes the signal on
        return
