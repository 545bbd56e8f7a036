"""The records that land: a good event, and a refused one with its reason."""

import json
import re
from datetime import datetime
from typing import Any

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
    by_public_key: bool = False


class Envelope(msgspec.Struct, omit_defaults=True):
    """What was known of a refused event besides its own text, for judging it again."""

    by_public_key: bool
    type: Text = None  # of the endpoint
    sent_at: Any = None  # of the batch
    address: Text = None  # what may be kept of the sender's
    shared: dict[str, Any] | None = None  # context and integrations of the batch, nothing private
    hashed: tuple[str, ...] = ()  # fields of which the original holds the hash already


class Quarantined(msgspec.Struct, omit_defaults=True):
    """One line of `landing/quarantine`."""

    kind: str
    reason: str
    original: str
    source: str
    received_at: datetime
    original_base64: Text = None
    envelope: Envelope | None = None


class Refused(Exception):
    """An event that cannot land; the message is the reason, the value after a colon."""


encoder = msgspec.json.Encoder()


def _as_written(number: str) -> msgspec.Raw:
    return msgspec.Raw(number.encode())


def _no_json(constant: str) -> None:
    raise msgspec.DecodeError(f"JSON is malformed: {constant} is no number")


_decoder = msgspec.json.Decoder(float_hook=_as_written)


def decoded(original: bytes | msgspec.Raw) -> Any:
    """Return JSON as objects; raise MsgspecError when it is none.

    A number with a fraction or an exponent, or too large for 64 bits, stays as it was written: a
    float would lose digits of one and could not hold another at all (1e999).
    """
    try:
        return _decoder.decode(original)
    except msgspec.ValidationError:  # whole numbers of thousands of digits
        return json.loads(
            bytes(original),
            parse_int=_as_written,
            parse_float=_as_written,
            parse_constant=_no_json,
        )


def counted_as(reason: str) -> str:
    """Return the part of a reason that is the same for every value and place in a list."""
    return PLACE.sub("[]", reason.partition(":")[0])
