"""The quick way to read an event: typed, with properties, context and traits left as bytes.

It does not understand an unknown field, an id that is a number, a clock without an offset or a
required field that is missing: then it says nothing, and `Judge` looks with care.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw

from aisle.collector.judging import Judge
from aisle.collector.receipts import Receipt
from aisle.collector.records import (
    MAX_EVENT_BYTES,
    MAX_ID_CHARACTERS,
    Landed,
    decoded,
    encoder,
)
from aisle.collector.times import MAX_AHEAD, TRUSTED_SKEW, read_time

Id = Annotated[str, Meta(max_length=MAX_ID_CHARACTERS)]
NOTHING = Raw()
BRACE = ord("{")
EMPTY = Raw(b"{}")
NO_INTEGRATIONS = Raw(b'{"integrations":{}}')


class Event(msgspec.Struct, forbid_unknown_fields=True, rename="camel", gc=False):
    """An event as Segment's and RudderStack's clients send it."""

    type: Literal["track", "page", "screen", "identify", "group", "alias"]
    message_id: Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARACTERS)]
    timestamp: str
    event: Id | None = None
    user_id: Id | None = None
    anonymous_id: Id | None = None
    previous_id: Id | None = None
    group_id: Id | None = None
    name: Id | None = None
    properties: Raw = NOTHING
    context: Raw = NOTHING
    traits: Raw = NOTHING
    write_key: str | None = None
    integrations: Raw = NOTHING
    channel: Raw = NOTHING
    category: Raw = NOTHING
    metadata: Raw = msgspec.field(default=NOTHING, name="_metadata")


class Batch(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A batch without anything unusual around its events."""

    batch: list[Event]
    sent_at: str | None = None
    write_key: str | None = None


class Context(msgspec.Struct, gc=False):
    """The one part of a context that is looked at."""

    ip: Raw = NOTHING


_address_in = msgspec.json.Decoder(Context | None).decode


class Unclear(Exception):
    """The quick way does not understand this; nothing is said about whether it is good."""


UNCLEAR = (Unclear, ValueError, OverflowError, msgspec.MsgspecError, RecursionError)


class Reading:
    """Reads the events of one batch."""

    def __init__(self, by: Judge, receipt: Receipt, sent_at: str | None, size: int) -> None:
        self._by = by
        self._receipt = receipt
        self._is_small = size <= MAX_EVENT_BYTES
        moment = read_time(sent_at)
        self._sent_at = sent_at if moment is not None else None
        self._late_by: timedelta | None = None
        if moment is not None and abs(receipt.received_at - moment) > TRUSTED_SKEW:
            self._late_by = receipt.received_at - moment
        self._start = b'{"ip":"%s"' % (receipt.address or "").encode()

    def landed(self, events: list[Event]) -> list[Landed | None]:  # noqa: C901
        """Return the records that land; None where only care can tell.

        All that every event needs stands in this one loop: a call costs as much as a step of it.
        """
        received_at, source, sent_at, by_public_key = (
            self._receipt.received_at,
            self._receipt.source,
            self._sent_at,
            self._receipt.by_public_key,
        )
        read_stamp, asked_of, context_of = (
            datetime.fromisoformat,
            self._by.plan.fast.get,
            self._context,
        )
        latest, is_late, is_small = (
            received_at + MAX_AHEAD,
            self._late_by is not None,
            self._is_small,
        )
        context_sent, context = NOTHING, context_of(NOTHING)
        landed: list[Landed | None] = []
        for event in events:
            try:
                kind, name, spelled = event.type, event.event, event.timestamp
                stamp = read_stamp(spelled)
                if is_late or stamp.tzinfo is not UTC:
                    stamp = self._by_our_clock(stamp)
                user_id, anonymous_id = event.user_id or None, event.anonymous_id or None
                if stamp > latest or not (user_id or anonymous_id):
                    raise Unclear
                properties: Raw | None = event.properties
                asked = asked_of(name)  # type: ignore[arg-type]
                if asked is not None and kind == "track":
                    asked(properties)
                else:
                    properties = _unasked(event)
                if not is_small:
                    _require_small(event)
                if event.context != context_sent:
                    context_sent, context = event.context, context_of(event.context)
                has_no_extra = event.integrations == EMPTY and (
                    event.channel is event.category is event.metadata is NOTHING
                )
                record = Landed(
                    event.message_id,
                    kind,
                    stamp,
                    received_at,
                    source,
                    name or None,
                    user_id,
                    anonymous_id,
                    event.previous_id or None,
                    event.group_id or None,
                    event.name or None,
                    spelled,
                    sent_at,
                    properties,
                    context,
                    None if event.traits is NOTHING else _object(event.traits),
                    NO_INTEGRATIONS if has_no_extra else _extra(event),
                    by_public_key,
                )
            except UNCLEAR:
                landed.append(None)
            else:
                landed.append(record)
        return landed

    def _by_our_clock(self, stamp: datetime) -> datetime:
        if stamp.tzinfo is None:
            raise Unclear
        moment = stamp.astimezone(UTC)
        return moment if self._late_by is None else moment + self._late_by

    def _context(self, sent: Raw) -> Raw | None:
        """Return a context with an address that may be kept."""
        known = None if sent is NOTHING else _address_in(sent)
        if known is None:
            return None if self._receipt.address is None else Raw(self._start + b"}")
        if known.ip is not NOTHING:
            return self._rewritten(sent)
        if self._receipt.address is None:
            return sent
        rest = bytes(sent)[1:].lstrip()
        return Raw(self._start + (rest if rest == b"}" else b"," + rest))

    def _rewritten(self, sent: Raw) -> Raw:
        kept = self._by.privacy.applied({"context": decoded(sent)})["context"]
        if self._receipt.address is not None and "ip" not in kept:
            kept = {"ip": self._receipt.address, **kept}
        return Raw(encoder.encode(kept))


def _unasked(event: Event) -> Raw | None:
    """Return the properties of an event of which the tracking plan asks nothing."""
    kind = event.type
    if kind == "track" and not event.event:
        raise Unclear
    if (kind == "group" and not event.group_id) or (kind == "alias" and not event.previous_id):
        raise Unclear
    return None if event.properties is NOTHING else _object(event.properties)


def _object(sent: Raw) -> Raw | None:
    """Return an object as it was sent; None when there is none."""
    text = bytes(sent)
    if text[0] == BRACE:
        return sent
    if text == b"null":
        return None
    raise Unclear


def _extra(event: Event) -> Raw | None:
    """Return the fields that have no column."""
    others = (event.integrations, event.channel, event.category, event.metadata)
    return None if all(other is NOTHING for other in others) else _joined(event)


def _require_small(event: Event) -> None:
    """Raise when an event might be larger than one may be; exactly how large is not known here."""
    fields = (event.properties, event.context, event.traits, event.integrations, event.category)
    sizes = sum(len(bytes(field)) for field in (*fields, event.channel, event.metadata))
    if sizes > MAX_EVENT_BYTES // 2:
        raise Unclear


def _joined(event: Event) -> Raw:
    """Return the fields that have no column, as one object."""
    parts = []
    if event.integrations is not NOTHING:
        parts.append(b'"integrations":' + bytes(event.integrations))
    if event.channel is not NOTHING:
        parts.append(b'"channel":' + bytes(event.channel))
    if event.category is not NOTHING:
        parts.append(b'"category":' + bytes(event.category))
    if event.metadata is not NOTHING:
        parts.append(b'"_metadata":' + bytes(event.metadata))
    return Raw(b"{" + b",".join(parts) + b"}")
