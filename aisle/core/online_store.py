"""Where feature values are online: SQLite in the workspace, or the Redis of an address."""

import json
from urllib.parse import SplitResult, unquote, urlsplit

SQLITE = ("", "sqlite")
REDIS_SCHEMES = ("redis", "rediss")  # the second one over TLS
REDIS_PORT = 6379
# Seconds that a request may wait for Redis: what does not answer by then counts as unavailable.
REDIS_TIMEOUT_SECONDS = 2


def require_address(address: str) -> None:
    """Raise a ValueError, without naming a password, for what is neither SQLite nor a Redis."""
    if address in SQLITE:
        return
    try:
        redis_connection(address)
    except ValueError as error:
        raise ValueError(
            f"it is {error}: give sqlite or redis://[:password@]host:port/db"
        ) from None


def redis_connection(address: str) -> str:
    """Return a Redis address as Feast's connection string, `host:port,name=value,…`."""
    parts = urlsplit(address)
    if parts.scheme not in REDIS_SCHEMES or not parts.hostname:
        raise ValueError("no address of a Redis")
    options: dict[str, object] = {
        "db": _database(parts),
        "socket_timeout": REDIS_TIMEOUT_SECONDS,
        "socket_connect_timeout": REDIS_TIMEOUT_SECONDS,
    }
    if parts.scheme == "rediss":
        options["ssl"] = True
    for name, value in (("username", parts.username), ("password", parts.password)):
        if value:
            options[name] = _without_comma(unquote(value), name)
    # Feast reads each value as JSON where it can: a password of digits would become a number.
    written = [f"{name}={json.dumps(value)}" for name, value in options.items()]
    return ",".join([f"{parts.hostname}:{parts.port or REDIS_PORT}", *written])


def _database(parts: SplitResult) -> int:
    number = parts.path.strip("/")
    if number and not number.isdecimal():
        raise ValueError("an address whose database is no number")
    return int(number or 0)


def _without_comma(value: str, name: str) -> str:
    if "," in value:
        raise ValueError(f"an address whose {name} has a comma, which Feast splits at")
    return value
