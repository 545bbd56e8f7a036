"""Write keys of the collector's sources: those that are set, else one the workspace keeps."""

import os
import re
import secrets
from pathlib import Path

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

OWN_SOURCE = "shop"
SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
KEY = re.compile(r"[!-~]{8,256}", re.ASCII)
HOW = "AISLE_WRITE_KEYS is `source=key,source=key`"


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


def server_sources(settings: Settings) -> frozenset[str]:
    """Return the sources whose keys only servers hold; raise when one has no key."""
    named = frozenset(filter(None, map(str.strip, settings.server_sources.split(","))))
    given = parse_write_keys(settings.write_keys.get_secret_value()) or {OWN_SOURCE: ""}
    if strange := sorted(named - set(given)):
        raise AisleError(
            f"AISLE_SERVER_SOURCES names {', '.join(strange)}, and AISLE_WRITE_KEYS has no key of "
            f"that source; it has one of {', '.join(given)}."
        )
    return named


def own_key_file(settings: Settings) -> Path:
    """Return where the workspace keeps the key that was made for it."""
    return settings.collector / "write_key"


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


def shown_key(settings: Settings) -> str:
    """Return what people are told: the workspace's own key, or where theirs are."""
    if settings.write_keys.get_secret_value():
        return "as in AISLE_WRITE_KEYS"
    return own_key(settings)
