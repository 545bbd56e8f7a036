"""The server: one process, on loopback unless a setting says otherwise."""

import socket

import uvicorn

from aisle.core.settings import Settings
from aisle.serving.app import create_app


def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer on an open port until the process is told to stop."""
    config = uvicorn.Config(create_app(settings), log_level="warning", access_log=False)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn has shut down and passes the signal on
        return
