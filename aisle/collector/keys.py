"""Write keys: who may send, and the source that their events carry."""

import base64
import binascii
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

OWN_SOURCE = "shop"
SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
KEY = re.compile(r"[!-~]{8,256}", re.ASCII)
HOW = "AISLE_WRITE_KEYS is `source=key,source=key`"


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


def parse_write_keys(text: str) -> dict[str, str]:
    """Return the key of each source; the messages never hold a key."""
    found: dict[str, str] = {}
    for number, part in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        source, equals, key = (piece.strip() for piece in part.partition("="))
        if not equals or not SOURCE.fullmatch(source):
            raise AisleError(
                f"{HOW}: entry {number} does not begin with the name of a source (letters, digits, "
                "`_`, `.`, `-`) and `=`."
            )
        if not KEY.fullmatch(key):
            raise AisleError(f"{HOW}: the key of {source} needs 8 to 256 visible ASCII characters.")
        if source in found or key in found.values():
            raise AisleError(f"{HOW}: {source} or its key is there twice.")
        found[source] = key
    return found


def configured_keys(settings: Settings) -> dict[str, str]:
    """Return the keys that are set; with none, the workspace's own, made once."""
    given = parse_write_keys(settings.write_keys.get_secret_value())
    return given or {OWN_SOURCE: own_key(settings)}


def own_key_file(settings: Settings) -> Path:
    """Return where the workspace keeps the key that was made for it."""
    return settings.root / "collector" / "write_key"


def own_key(settings: Settings) -> str:
    """Return the workspace's own key; made once, for the owner's eyes only."""
    path = own_key_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    if not path.exists():
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # whoever was first has made it
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def basic_user(authorization: str | None) -> str | None:
    """Return the user of a Basic authorization, which is where clients put the write key."""
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded.partition(":")[0]
