"""A port to listen on, and one clear message when it cannot be had."""

import errno
import socket

from aisle.core.errors import AisleError

BACKLOG = 1024


def open_port(host: str, port: int, setting: str) -> socket.socket:
    """Return a socket that listens on the port; 0 picks a free one. `setting` names the port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        is_taken = error.errno == errno.EADDRINUSE
        reason = "something listens there already" if is_taken else str(error.strerror)
        raise AisleError(
            f"Cannot listen on {host}:{port}: {reason}. "
            f"Stop it, or set {setting} to a free port (0 picks one)."
        ) from error
    return listener
