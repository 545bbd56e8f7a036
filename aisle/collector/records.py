"""The records that land: a good event, and a refused one with its reason."""

import base64
import re
from datetime import datetime

import msgspec

Text = str | None

PLACE = re.compile(r"\[\d+\]")

MAX_ID_CHARACTERS = 1024
MAX_NAME_CHARACTERS = 1024
MAX_EVENT_BYTES = 256 * 1024
MAX_BATCH_BYTES = 4 * 1024 * 1024
MAX_EVENTS = 20_000

TYPES = ("track", "page", "screen", "identify", "group", "alias")


class Landed(msgspec.Struct, omit_defaults=True, gc=False):
    """One line of `landing/events`."""

    message_id: str
    type: str
    timestamp: datetime
    received_at: datetime
    source: str
    event: Text = None
    user_id: Text = None
    anonymous_id: Text = None
    previous_id: Text = None
    group_id: Text = None
    name: Text = None
    original_timestamp: Text = None
    sent_at: Text = None
    properties: msgspec.Raw | None = None
    context: msgspec.Raw | None = None
    traits: msgspec.Raw | None = None
    extra: msgspec.Raw | None = None


class Quarantined(msgspec.Struct, omit_defaults=True):
    """One line of `landing/quarantine`."""

    kind: str
    reason: str
    original: str
    source: str
    received_at: datetime
    original_base64: Text = None


class Refused(Exception):
    """An event that cannot land; the message is the reason, the value after a colon."""


encoder = msgspec.json.Encoder()


def counted_as(reason: str) -> str:
    """Return the part of a reason that is the same for every value and place in a list."""
    return PLACE.sub("[]", reason.partition(":")[0])


def quarantined(original: bytes, reason: str, source: str, received_at: datetime) -> Quarantined:
    """Return the record of a refused event; bytes that are no UTF-8 are kept beside the text."""
    try:
        return Quarantined("events", reason, original.decode(), source, received_at)
    except UnicodeDecodeError:
        text = original.decode(errors="replace")
        kept = base64.b64encode(original).decode()
        return Quarantined("events", reason, text, source, received_at, kept)
