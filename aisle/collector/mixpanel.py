"""Mixpanel's messages as the events that all other clients send."""

from collections.abc import Callable, Mapping
from typing import Any

from aisle.collector.records import Refused
from aisle.collector.times import read_time

DEVICE = "$device:"
# Properties that become a field of the event, and the write key.
MOVED = {"token", "distinct_id", "time", "$insert_id", "$device_id", "$user_id", "ip"}
PROFILE = {"$token", "$distinct_id", "$time", "$ip", "$set", "$set_once", "$group_id"}
CAMPAIGN = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_term": "term",
    "utm_content": "content",
}

Message = Mapping[str, Any]


def from_track(message: Message) -> dict[str, Any]:
    """Return the event of a message to `/track` or `/import`."""
    properties = message.get("properties")
    if properties is None:
        properties = {}
    if not isinstance(properties, dict):
        raise Refused("properties is not an object")
    name = message.get("event")
    translate = SPECIAL.get(name) if isinstance(name, str) else None
    event = translate(properties) if translate else _tracked(name, properties)
    rest = {key: value for key, value in message.items() if key not in ("event", "properties")}
    return {**rest, **event, **_common(properties)}


def from_engage(message: Message) -> dict[str, Any]:
    """Return the event of a message to `/engage`: a profile is what `identify` says."""
    return {"type": "identify", **_ids(message.get("$distinct_id"), None), **_profile(message)}


def from_groups(message: Message) -> dict[str, Any]:
    """Return the event of a message to `/groups`."""
    return {"type": "group", "groupId": message.get("$group_id"), **_profile(message)}


def token_of(message: Message) -> str | None:
    """Return the project token of a message, which is its write key."""
    properties = message.get("properties")
    inner = properties.get("token") if isinstance(properties, dict) else None
    found = message.get("$token") or inner
    return found if isinstance(found, str) else None


def _tracked(name: Any, properties: Message) -> dict[str, Any]:
    kept = {key: value for key, value in properties.items() if key not in MOVED}
    ids = _ids(properties.get("distinct_id"), properties.get("$device_id"))
    user = properties.get("$user_id")
    return {
        "type": "track",
        "event": name,
        **ids,
        **({"userId": user} if user else {}),
        "properties": kept,
    }


def _identified(properties: Message) -> dict[str, Any]:
    user = properties.get("$identified_id") or properties.get("distinct_id")
    visitor = properties.get("$anon_id") or properties.get("$anon_distinct_id")
    device = visitor or properties.get("$device_id")
    return {"type": "identify", "userId": user, "anonymousId": _without_prefix(device)}


def _aliased(properties: Message) -> dict[str, Any]:
    previous = _without_prefix(properties.get("distinct_id"))
    return {"type": "alias", "userId": properties.get("alias"), "previousId": previous}


def _merged(properties: Message) -> dict[str, Any]:
    ids = properties.get("$distinct_ids")
    if not isinstance(ids, list) or len(ids) != 2:
        raise Refused("$distinct_ids are not two ids")
    # A device has no name: the other one is the user.
    previous, user = sorted(ids, key=lambda one: not _is_device(one))
    return {"type": "alias", "userId": user, "previousId": _without_prefix(previous)}


SPECIAL: dict[str, Callable[[Message], dict[str, Any]]] = {
    "$identify": _identified,
    "$create_alias": _aliased,
    "$merge": _merged,
}


def _common(properties: Message) -> dict[str, Any]:
    time = properties.get("time")
    return {
        "messageId": properties.get("$insert_id"),
        "timestamp": _moment(time),
        "context": _context(properties),
    }


def _profile(message: Message) -> dict[str, Any]:
    once, now = message.get("$set_once"), message.get("$set")
    traits = {**(once if isinstance(once, dict) else {}), **(now if isinstance(now, dict) else {})}
    others = {key: value for key, value in message.items() if key not in PROFILE}
    address = message.get("$ip")
    return {
        "timestamp": _moment(message.get("$time")),
        "traits": traits,
        "context": {} if address in (None, 0, "0") else {"ip": address},
        **({"mixpanel": others} if others else {}),
    }


def _context(properties: Message) -> dict[str, Any]:
    campaign = {ours: properties[name] for name, ours in CAMPAIGN.items() if properties.get(name)}
    page = {"url": properties.get("$current_url"), "referrer": properties.get("$referrer")}
    library = {"name": properties.get("mp_lib"), "version": properties.get("$lib_version")}
    parts = {
        "library": _filled(library),
        "page": _filled(page),
        "campaign": campaign,
        "ip": properties.get("ip"),
    }
    return _filled(parts)


def _filled(parts: Message) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value}


def _moment(value: Any) -> Any:
    """Return a moment as text; what cannot be read stays, and is judged as a timestamp."""
    moment = read_time(value)
    return value if moment is None else moment.isoformat()


def _ids(distinct: Any, device: Any) -> dict[str, Any]:
    """Return who it is: a distinct id that is the device's own is nobody's name."""
    if _is_device(distinct) or (device and distinct == device):
        return {"userId": None, "anonymousId": _without_prefix(distinct)}
    return {"userId": distinct, "anonymousId": _without_prefix(device)}


def _is_device(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(DEVICE)


def _without_prefix(value: Any) -> Any:
    return value.removeprefix(DEVICE) if isinstance(value, str) else value
