"""One event, judged with care: the record that lands, or the reason why it cannot."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from aisle.collector.plan import Plan, load_plan
from aisle.collector.privacy import Privacy, configured_privacy
from aisle.collector.receipts import Receipt, quarantined
from aisle.collector.records import (
    MAX_EVENT_BYTES,
    MAX_ID_CHARACTERS,
    TYPES,
    Landed,
    Quarantined,
    Refused,
    decoded,
    encoder,
)
from aisle.collector.times import happened_at, read_time, require_past
from aisle.core.settings import Settings

SHOWN = 60
TOO_DEEP = "nested too deep"
# A NUL that JSON spells; behind an even number of backslashes, else it is text about one.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
OBJECTS = ("properties", "context", "traits")
TEXTS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "previousId": "previous_id",
    "groupId": "group_id",
    "event": "event",
    "name": "name",
}
TAKEN = {
    *TEXTS,
    *OBJECTS,
    "type",
    "messageId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "writeKey",
}


class Judge:
    """Judges events by a tracking plan and what privacy asks."""

    def __init__(self, plan: Plan, privacy: Privacy) -> None:
        self.plan = plan
        self.privacy = privacy

    @classmethod
    def configured(cls, settings: Settings) -> "Judge":
        """Return the judge that the settings and the workspace's plan ask for."""
        return cls(load_plan(settings), configured_privacy(settings))

    def judge(self, original: bytes, receipt: Receipt) -> Landed | Quarantined:
        """Return the record that lands, or the one that is kept apart with its reason."""
        event: Any = None
        try:
            _require_size(original)
            event = _parse(original)
            if receipt.trouble:
                raise Refused(receipt.trouble)
            return self._landed(event, receipt)
        except Refused as refused:
            reason = str(refused)
        except RecursionError:
            reason = TOO_DEEP
        kept, hashed = self.without_private(original, event)
        return quarantined(kept, reason, receipt, hashed)

    def _landed(self, event: dict[str, Any], receipt: Receipt) -> Landed:
        kind = _type(event, receipt)
        content = {**event, "type": kind}
        private = self.privacy.applied(content)
        message_id = _text(private, "messageId") or _content_id(private)
        texts = {column: _text(private, name) for name, column in TEXTS.items()}
        _require_ids(kind, texts)
        properties, context, traits = (_object(private, name) for name in OBJECTS)
        if kind == "track":
            self._require_planned(texts["event"], properties)
        moment, original_timestamp, sent_at = _times(event, receipt)
        return Landed(
            message_id,
            kind,
            moment,
            receipt.received_at,
            receipt.source,
            original_timestamp=original_timestamp,
            sent_at=sent_at,
            properties=_raw(properties),
            context=_raw(_full_context(context, receipt)),
            traits=_raw(traits),
            extra=_raw(_extra(private, receipt)),
            by_public_key=receipt.by_public_key,
            **texts,
        )

    def _require_planned(self, name: str | None, properties: dict[str, Any] | None) -> None:
        if not name:
            raise Refused("no event name")
        if reason := self.plan.missing(name, properties or {}):
            raise Refused(f"{reason}: {name}")

    def without_private(self, original: bytes, event: Any = None) -> tuple[bytes, tuple[str, ...]]:
        """Return an original as it may be kept, and the fields of which it holds only the hash.

        It is unchanged when nothing in it is private, and when it is nothing that can be read.
        """
        if event is None:
            event = read_leniently(original)
        if not isinstance(event, dict):
            return original, ()
        named = {name: event[name] for name in event if name != "writeKey"}
        applied = self.privacy.applied(named)
        try:
            kept = original if applied == event else _written(applied)
        except RecursionError:
            kept = encoder.encode(applied)
        return kept, self.privacy.hashed_names


def _require_size(original: bytes) -> None:
    if len(original) > MAX_EVENT_BYTES:
        raise Refused(f"larger than {MAX_EVENT_BYTES} bytes: {len(original)}")


def _parse(original: bytes) -> dict[str, Any]:
    try:
        original.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"not UTF-8: byte {error.start}") from None
    try:
        event = decoded(original)
        spelled = encoder.encode(event)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise Refused(f"not JSON: {error}") from None
    if not isinstance(event, dict):
        raise Refused(f"not a JSON object: {_shown(event)}")
    if holds_nul(spelled):
        raise Refused("holds the character NUL")
    return event


def holds_nul(spelled: bytes) -> bool:
    """Return whether JSON holds the character NUL, which no database keeps in a text."""
    return b"\\u0000" in spelled and NUL.search(spelled) is not None


def read_leniently(original: bytes) -> Any:
    """Return JSON, also with what Python allows in it; None when it is none."""
    try:
        return json.loads(original.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None


def _written(event: dict[str, Any]) -> bytes:
    """Return JSON, also of what only Python's own reader takes: half a character, NaN."""
    try:
        return encoder.encode(event)
    except (UnicodeEncodeError, OverflowError):
        return json.dumps(event, default=_number).encode()


def _number(value: msgspec.Raw) -> Any:
    """Return a number for what writes none as it was written."""
    return float(bytes(value))


def _type(event: dict[str, Any], receipt: Receipt) -> str:
    kind = receipt.type or event.get("type")
    if kind is None or kind == "":
        raise Refused("no type")
    if kind not in TYPES:
        raise Refused(f"unknown type: {_shown(kind)}")
    return str(kind)


def _content_id(content: dict[str, Any]) -> str:
    """Return an id of the event's content: the same when a client sends it again."""
    own = {
        name: value
        for name, value in content.items()
        if value is not None and name not in ("messageId", "sentAt", "writeKey")
    }
    text = msgspec.json.encode(own, order="deterministic")
    return f"content-{hashlib.sha256(text).hexdigest()[:40]}"


def _text(event: dict[str, Any], name: str) -> str | None:
    """Return a field as text, null when it is empty; numbers are ids too."""
    value = event.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | msgspec.Raw | None):
        raise Refused(f"{name} is neither text nor a number: {_shown(value)}")
    try:
        text = "" if value is None else _spelled(value)
    except ValueError:  # Python spells no number of thousands of digits
        raise Refused(f"{name} is a number with too many digits") from None
    if len(text) > MAX_ID_CHARACTERS:
        raise Refused(f"{name} is longer than {MAX_ID_CHARACTERS} characters: {_shown(text)}")
    return text or None


def _spelled(value: Any) -> str:
    """Return a value as text; a number as it was written."""
    return bytes(value).decode() if isinstance(value, msgspec.Raw) else str(value)


def _require_ids(kind: str, texts: Mapping[str, str | None]) -> None:
    if kind == "group" and not texts["group_id"]:
        raise Refused("no groupId")
    if kind == "alias" and not texts["previous_id"]:
        raise Refused("no previousId")
    if kind != "group" and not (texts["user_id"] or texts["anonymous_id"]):
        raise Refused("neither userId nor anonymousId")


def _object(event: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = event.get(name)
    if value is not None and not isinstance(value, dict):
        raise Refused(f"{name} is not an object: {_shown(value)}")
    return value


def _full_context(context: dict[str, Any] | None, receipt: Receipt) -> dict[str, Any] | None:
    """Return the context with what the batch says of all its events, and the sender's address."""
    shared = receipt.shared.get("context")
    full = {**shared, **(context or {})} if isinstance(shared, dict) else context
    if receipt.address is None or (full and "ip" in full):
        return full
    return {"ip": receipt.address, **(full or {})}


def _extra(event: dict[str, Any], receipt: Receipt) -> dict[str, Any] | None:
    """Return every other field that was sent, so that nothing is lost."""
    shared = {name: value for name, value in receipt.shared.items() if name != "context"}
    return {**shared, **{name: event[name] for name in event if name not in TAKEN}} or None


def _times(event: dict[str, Any], receipt: Receipt) -> tuple[datetime, str | None, str | None]:
    """Return when it happened, and the times that the client wrote: of the event, of sending."""
    sent = event.get("sentAt") or receipt.sent_at
    sent_at = read_time(sent)
    stamp = _stamp(event, "timestamp")
    original = _stamp(event, "originalTimestamp") or stamp
    moment = stamp or original or sent_at or receipt.received_at
    if original is not None:
        corrected = happened_at(original, sent_at, receipt.received_at)
        moment = moment if corrected is original else corrected
    require_past(moment, receipt.received_at)
    kept = event.get("originalTimestamp") or event.get("timestamp")
    return (
        moment,
        None if kept is None else _spelled(kept),
        None if sent_at is None else _spelled(sent),
    )


def _stamp(event: dict[str, Any], name: str) -> datetime | None:
    value = event.get(name)
    if value is None or value == "":
        return None
    moment = read_time(value)
    if moment is None:
        raise Refused(f"{name} cannot be read: {_shown(value)}")
    return moment


def _raw(value: dict[str, Any] | None) -> msgspec.Raw | None:
    return None if value is None else msgspec.Raw(encoder.encode(value))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=_spelled)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
