"""Privacy at the door: fields dropped or hashed and addresses truncated before they touch disk."""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

Addresses = Literal["truncate", "drop", "keep"]
Step = Callable[[dict[str, Any], str], None]  # changes one field of an object that is ours

IPV4_KEPT_BITS = 24
IPV6_KEPT_BITS = 48
# Where clients put the address of a visitor: Segment's place first, then RudderStack's.
ADDRESS_PATHS: tuple[tuple[str, ...], ...] = (
    ("context", "ip"),
    ("request_ip",),
    ("requestIP",),
    ("ip",),
)
MIN_HASH_KEY_CHARACTERS = 16
PATH = re.compile(r"[^.,\s]+(\.[^.,\s]+)*")
# What a field is called where it lands, for whoever writes that: the client's name.
LANDED_AS = {"user_id": "userId", "anonymous_id": "anonymousId", "group_id": "groupId"}


@dataclass(frozen=True)
class Privacy:
    """What is taken from an event before it is kept."""

    addresses: Addresses = "truncate"
    dropped: tuple[tuple[str, ...], ...] = ()
    hashed: tuple[tuple[str, ...], ...] = ()
    hash_key: bytes = b""

    @property
    def names(self) -> tuple[bytes, ...]:
        """Return the names to look for in a body: without any of them no field is concerned."""
        return tuple({path[-1].encode() for path in (*self.dropped, *self.hashed)})

    @property
    def hashed_names(self) -> tuple[str, ...]:
        """Return the paths of hashed fields as text."""
        return tuple(".".join(path) for path in self.hashed)

    def applied(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the event without what must not be kept."""
        if self.addresses != "keep":
            for path in ADDRESS_PATHS:
                event = _changed(event, path, self._shorten)
        for path in self.dropped:
            event = _changed(event, path, _drop)
        for path in self.hashed:
            event = _changed(event, path, self._hash)
        return event

    def peer_address(self, peer: str | None) -> str | None:
        """Return what may be kept of the address that a request came from."""
        return None if peer is None else self.kept_address(peer)

    def kept_address(self, text: Any) -> str | None:
        """Return what may be kept of an address; None when nothing may, or it is none."""
        if self.addresses == "drop":
            return None
        try:
            address = ipaddress.ip_address(text if isinstance(text, str) else "")
        except ValueError:
            return None
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if self.addresses == "keep":
            return str(address)
        bits = IPV4_KEPT_BITS if address.version == 4 else IPV6_KEPT_BITS
        network = ipaddress.ip_network((int(address), bits), strict=False)
        if address.version == 6:  # an integer below 2^32 would be read as an IPv4 address
            network = ipaddress.IPv6Network((int(address), bits), strict=False)
        return str(network.network_address)

    def _shorten(self, parent: dict[str, Any], name: str) -> None:
        kept = self.kept_address(parent[name])
        if kept is None:
            del parent[name]
        else:
            parent[name] = kept

    def _hash(self, parent: dict[str, Any], name: str) -> None:
        value = parent[name]
        if value is not None:
            text = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
            parent[name] = hmac.new(self.hash_key, text, hashlib.sha256).hexdigest()


def configured_privacy(settings: Settings) -> Privacy:
    """Return what the settings ask for; raise when they cannot be kept."""
    hashed = _paths("AISLE_COLLECTOR_HASH_FIELDS", settings.collector_hash_fields)
    key = settings.hash_key.get_secret_value()
    if hashed and len(key) < MIN_HASH_KEY_CHARACTERS:
        raise AisleError(
            f"AISLE_COLLECTOR_HASH_FIELDS needs AISLE_HASH_KEY, a secret of at least "
            f"{MIN_HASH_KEY_CHARACTERS} characters: without one, anybody can try e-mail addresses "
            "until a hash fits. Make one: "
            "`python -c 'import secrets; print(secrets.token_urlsafe(32))'`."
        )
    dropped = _paths("AISLE_COLLECTOR_DROP_FIELDS", settings.collector_drop_fields)
    return Privacy(settings.collector_ip, dropped, hashed, key.encode())


def _paths(setting: str, text: str) -> tuple[tuple[str, ...], ...]:
    paths = [path.strip() for path in text.split(",") if path.strip()]
    for path in paths:
        if not PATH.fullmatch(path):
            raise AisleError(
                f"{setting}: {path!r} is no path such as `properties.email` or `traits.phone`."
            )
    split = (path.split(".") for path in paths)
    return tuple((LANDED_AS.get(first, first), *rest) for first, *rest in split)


def _changed(parent: Any, path: tuple[str, ...], step: Step) -> Any:
    """Return a copy in which the step was taken on the field, in every element of lists."""
    if isinstance(parent, list):
        return [_changed(element, path, step) for element in parent]
    name, *rest = path
    if not isinstance(parent, dict) or name not in parent:
        return parent
    copy = dict(parent)
    if rest:
        copy[name] = _changed(parent[name], tuple(rest), step)
    else:
        step(copy, name)
    return copy


def _drop(parent: dict[str, Any], name: str) -> None:
    del parent[name]
