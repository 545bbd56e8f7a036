"""The quick way to read an event: typed, with properties, context and traits left as bytes.

It does not understand an unknown field, an id that is a number, a clock without an offset or a
required field that is missing: then it says nothing, and `Judge` looks with care.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw

from aisle.collector.judging import Judge, Receipt
from aisle.collector.records import (
    MAX_DEPTH,
    MAX_EVENT_BYTES,
    MAX_ID_CHARACTERS,
    Landed,
    encoder,
)
from aisle.collector.times import MAX_AHEAD, TRUSTED_SKEW, read_time

Id = Annotated[str, Meta(max_length=MAX_ID_CHARACTERS)]
NOTHING = Raw()
CONTEXTS_KEPT = 1000  # of one batch; senders on a server say the same in every event


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


class Unclear(Exception):
    """The quick way does not understand this; nothing is said about whether it is good."""


class Reading:
    """Reads the events of one batch."""

    def __init__(self, by: Judge, receipt: Receipt, sent_at: str | None, size: int) -> None:
        self._by = by
        self._receipt = receipt
        self._is_small = size <= MAX_EVENT_BYTES
        moment = read_time(sent_at)
        self._sent_at = sent_at if moment is not None else None
        self._late_by = None
        if moment is not None and abs(receipt.received_at - moment) > TRUSTED_SKEW:
            self._late_by = receipt.received_at - moment
        self._latest = receipt.received_at + MAX_AHEAD
        self._contexts: dict[bytes, Raw | None] = {}

    def landed(self, event: Event) -> Landed | None:
        """Return the record that lands; None when only care can tell."""
        try:
            return self._landed(event)
        except (Unclear, ValueError, OverflowError, msgspec.MsgspecError, RecursionError):
            return None

    def _landed(self, event: Event) -> Landed:
        receipt, kind = self._receipt, event.type
        properties = bytes(event.properties)
        if not self._is_small:
            _require_small(event)
        if kind == "track":
            asked = self._by.plan.fast.get(event.event or "")
            if asked is not None:
                asked(properties)
            if not event.event:
                raise Unclear
        elif (kind == "group" and not event.group_id) or (
            kind == "alias" and not event.previous_id
        ):
            raise Unclear
        if not (event.user_id or event.anonymous_id):
            raise Unclear
        return Landed(
            event.message_id,
            kind,
            self._moment(event.timestamp),
            receipt.received_at,
            receipt.source,
            event.event or None,
            event.user_id or None,
            event.anonymous_id or None,
            event.previous_id or None,
            event.group_id or None,
            event.name or None,
            event.timestamp,
            self._sent_at,
            _object(properties),
            self._context(bytes(event.context)),
            _object(bytes(event.traits)),
            _extra(event),
        )

    def _moment(self, text: str) -> datetime:
        stamp = datetime.fromisoformat(text)
        if stamp.tzinfo is not UTC:
            if stamp.tzinfo is None:
                raise Unclear
            stamp = stamp.astimezone(UTC)
        if self._late_by is not None:
            stamp = stamp + self._late_by
        if stamp > self._latest:
            raise Unclear
        return stamp

    def _context(self, given: bytes) -> Raw | None:
        """Return the context with an address that may be kept."""
        if given in self._contexts:
            return self._contexts[given]
        context = self._new_context(given)
        if len(self._contexts) < CONTEXTS_KEPT:
            self._contexts[given] = context
        return context

    def _new_context(self, given: bytes) -> Raw | None:
        context = _object(given)
        if context is not None and (b'"ip"' in given or b"\\u" in given):
            return self._rewritten(given)
        address = self._receipt.address
        if address is None:
            return context
        start = b'{"ip":"%s"' % address.encode()
        if context is None:
            return Raw(start + b"}")
        rest = given[1:].lstrip()
        return Raw(start + (rest if rest == b"}" else b"," + rest))

    def _rewritten(self, given: bytes) -> Raw:
        content = self._by.privacy.applied({"context": msgspec.json.decode(given)})["context"]
        if self._receipt.address is not None and "ip" not in content:
            content = {"ip": self._receipt.address, **content}
        return Raw(encoder.encode(content))


def _object(text: bytes) -> Raw | None:
    """Return an object as it was sent; None when there is none."""
    if text == b"" or text == b"null":
        return None
    if text[0] != 123 or text.count(b"{") + text.count(b"[") >= MAX_DEPTH:  # 123 is `{`
        raise Unclear
    return Raw(text)


def _require_small(event: Event) -> None:
    """Raise when an event might be larger than one may be; exactly how large is not known here."""
    fields = (event.properties, event.context, event.traits, event.integrations, event.category)
    sizes = sum(len(bytes(field)) for field in (*fields, event.channel, event.metadata))
    if sizes > MAX_EVENT_BYTES // 2:
        raise Unclear


def _extra(event: Event) -> Raw | None:
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
    return Raw(b"{" + b",".join(parts) + b"}") if parts else None
