"""What the model is told beside who asks: what is known of the user, and the visit under way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aisle.core.clock import as_of
from aisle.core.columns import ATTRIBUTES, SESSION, USER_ID
from aisle.core.live_sessions import FEATURES
from aisle.core.live_sessions import SESSION as SESSION_ID
from aisle.serving.live import Live

USER_ATTRIBUTES = "user_attributes"  # Feast's view of what a user said about themselves
VIEWS = (USER_ATTRIBUTES, FEATURES)
ITEM_IDS = "item_ids"


@dataclass(frozen=True)
class Occasion:
    """What a request says itself; what it leaves out is read from the online store."""

    session_id: str | None = None
    device_id: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    session: tuple[str, ...] = ()  # item ids, oldest first


def context_of(live: Live, user: str, occasion: Occasion) -> dict[str, Any]:
    """Return the context that the model is asked in: `attributes`, `session`, or nothing.

    What the request says goes before what is online. Nothing is read, nor passed on, of somebody
    who does not want personal recommendations; a store that does not answer leaves nothing.
    """
    if not live.shop.may_be_personal(user):
        return {}
    known = {} if occasion.attributes and occasion.session else _online(live, user, occasion)
    context = {
        ATTRIBUTES: dict(occasion.attributes) or known.get(ATTRIBUTES, {}),
        SESSION: list(occasion.session) or known.get(SESSION, []),
    }
    return {name: value for name, value in context.items() if value}


def _online(live: Live, user: str, occasion: Occasion) -> dict[str, Any]:
    """Return what the online store knows that is still fresh."""
    reader = live.features
    if reader is None or live.shop.as_of is None:
        return {}
    now = as_of(live.settings.now, live.shop.as_of)
    session_id = occasion.session_id
    if session_id is None and occasion.device_id is not None:
        session_id = reader.session_of(occasion.device_id, now)
    entities = {USER_ID: user} | ({SESSION_ID: session_id} if session_id is not None else {})
    values = {found.view: found.values for found in reader.read_named(VIEWS, entities, now)}
    return {
        ATTRIBUTES: _object(values.get(USER_ATTRIBUTES, {}).get(ATTRIBUTES)),
        SESSION: [str(item) for item in values.get(FEATURES, {}).get(ITEM_IDS) or []],
    }


def _object(text: Any) -> dict[str, Any]:
    """Return what JSON text says of a user; anything but an object says nothing."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
