"""The port and the server: one process, on loopback unless a setting says otherwise."""

import errno
import socket

import uvicorn

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.serving.app import create_app

HOST = "127.0.0.1"


def open_port(port: int, host: str = HOST) -> socket.socket:
    """Return a socket bound to the port, on loopback unless told; port 0 picks a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            reason = "something listens there already"
        else:
            reason = str(error.strerror)
        raise AisleError(
            f"Cannot serve on {host}:{port}: {reason}. "
            "Stop it, or set AISLE_SERVING_PORT to a free port (0 picks one)."
        ) from error
    return listener


def serve(settings: Settings, listener: socket.socket) -> None:
    """Answer on an open port until the process is told to stop."""
    config = uvicorn.Config(create_app(settings), log_level="warning", access_log=False)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn has shut down and passes the signal on
        return
