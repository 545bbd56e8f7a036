"""The ports of `aisle ui`: which ones, and one clear message when something else has them."""

import socket
from collections.abc import Mapping

import psutil

from aisle.core.errors import AisleError

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def chosen_ports(wanted: Mapping[str, int]) -> dict[str, int]:
    """Return the port of each setting, 0 replaced by a free one; refuse when one is taken."""
    complaints = [complaint for complaint in map(_complaint, wanted.items()) if complaint]
    complaints += _shared(wanted)
    if complaints:
        raise AisleError(
            "\n".join([*complaints, "Stop it, or set another port there (0 picks a free one)."])
        )
    return {setting: port or free_port() for setting, port in wanted.items()}


def is_taken(port: int) -> bool:
    """Return whether loopback's port cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def listener_on(port: int) -> str:
    """Return what listens on a port as people name it: a command and its process."""
    try:
        listening = [
            connection
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:] == (port,)
        ]
        process = psutil.Process(next(found.pid for found in listening if found.pid))
        return f"`{' '.join(process.cmdline())[:80]}` (process {process.pid})"
    except (psutil.Error, StopIteration):
        return "another user's process"


def _complaint(wanted: tuple[str, int]) -> str | None:
    setting, port = wanted
    if not port or not is_taken(port):
        return None
    return f"Port {port} of {HOST} ({setting}) is taken by {listener_on(port)}."


def _shared(wanted: Mapping[str, int]) -> list[str]:
    """Return a complaint for each port that two settings name."""
    by_port: dict[int, list[str]] = {}
    for setting, port in wanted.items():
        by_port.setdefault(port, []).append(setting)
    return [
        f"{' and '.join(settings)} are both {port}."
        for port, settings in by_port.items()
        if port and len(settings) > 1
    ]
