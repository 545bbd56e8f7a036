"""Write keys: who may send, and the source that their events carry."""

import base64
import hmac
from collections.abc import Mapping


class WriteKeys:
    """The keys of all sources; never shown by accident."""

    def __init__(self, by_source: Mapping[str, str]) -> None:
        self._keys = [(key.encode(), source) for source, key in by_source.items()]

    def source_of(self, key: str | None) -> str | None:
        """Return the source that a key belongs to, in the same time whether or not there is one."""
        if not key:
            return None
        given, found = key.encode("utf-8", "surrogatepass"), None
        for known, source in self._keys:
            if hmac.compare_digest(known, given):
                found = source
        return found


def basic_user(authorization: str | None) -> str | None:
    """Return the user of a Basic authorization, which is where clients put the write key."""
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except ValueError:  # neither ASCII nor base64, or no text behind it
        return None
    return decoded.partition(":")[0]
