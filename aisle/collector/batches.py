"""A whole batch at once: what is plainly good is read in one pass, the rest is judged with care.

The quick way may say yes only where `Judge` would, with the same line; whatever it does not
understand goes to `Judge`.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from msgspec import Raw

from aisle.collector.judging import Judge, holds_nul
from aisle.collector.privacy import Privacy
from aisle.collector.problems import BadBody, TooLarge
from aisle.collector.quick import Batch, Reading
from aisle.collector.receipts import Receipt
from aisle.collector.records import (
    MAX_BATCH_BYTES,
    MAX_EVENTS,
    Landed,
    Quarantined,
    encoder,
)


class Envelope(msgspec.Struct, rename="camel"):
    """Any batch: its events unread."""

    batch: list[Raw]
    sent_at: Any = None
    write_key: Any = None
    context: Any = None
    integrations: Any = None


class Single(msgspec.Struct, rename="camel"):
    """Any event: all of it but the key unread."""

    write_key: Any = None


@dataclass
class Verdicts:
    """What became of the events of a request."""

    landed: list[Landed] = field(default_factory=list)
    refused: list[Quarantined] = field(default_factory=list)


@dataclass(frozen=True)
class Parsed:
    """A batch that was read and whose events are not judged yet."""

    body: bytes
    write_key: str | None
    quick: Batch | None = None
    envelope: Envelope | None = None


_quick = msgspec.json.Decoder(Batch)
NUL = b"\\u0000"  # perhaps: it may be text about one
# What a batch says of all its events is kept with each of them.
SHARED = "context or integrations of the batch"
MAX_SHARED_BYTES = 4 * MAX_BATCH_BYTES
_envelope = msgspec.json.Decoder(Envelope)
_one = msgspec.json.Decoder(Single)


def parse_batch(body: bytes, private_names: tuple[bytes, ...] = ()) -> Parsed:
    """Return a body as a batch; raise when it is none."""
    if is_plain(body, private_names):
        try:
            quick = _quick.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        else:
            _require_few(len(quick.batch))
            return Parsed(body, _key(quick.write_key), quick=quick)
    envelope = open_envelope(body)
    _require_few(len(envelope.batch))
    return Parsed(body, _key(envelope.write_key), envelope=envelope)


def parse_one(body: bytes) -> tuple[bytes, str | None]:
    """Return the one event of a body and its write key; raise when it is no JSON object."""
    try:
        key = _one.decode(body).write_key
    except RecursionError:
        raise BadBody("the body is nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        try:
            content = json.loads(body.decode(errors="replace"))
        except (ValueError, RecursionError):
            raise BadBody(f"the body is no JSON: {error}") from None
        if not isinstance(content, dict):
            raise BadBody("the body is no JSON object") from None
        key = content.get("writeKey")
    return body, _key(key)


def judge_one(event: bytes, by: Judge, receipt: Receipt) -> Verdicts:
    """Return what became of one event."""
    verdicts = Verdicts()
    _sort(by.judge(event, receipt), verdicts)
    return verdicts


def is_plain(body: bytes, private_names: tuple[bytes, ...]) -> bool:
    """Return whether a body holds nothing that asks for care."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    if b"\n" in body or b"\r" in body:  # bytes that are passed on must stay on one line
        return False
    is_escaped = b"\\" in body
    if is_escaped and NUL in body:
        return False
    if not private_names:
        return True
    is_spelled_otherwise = is_escaped and b"\\u" in body
    return not is_spelled_otherwise and not any(name in body for name in private_names)


def open_envelope(body: bytes) -> Envelope:
    """Return a batch with its events unread, also when one of them is no strict JSON."""
    try:
        return _envelope.decode(body)
    except RecursionError:
        raise BadBody("the body is nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        try:
            return _lenient(json.loads(body.decode(errors="replace")))
        except (ValueError, RecursionError):
            raise BadBody(f"the body is no JSON: {error}") from None


def _lenient(content: Any) -> Envelope:
    """Return what Python reads although it is no strict JSON: NaN, halves of surrogates."""
    if not isinstance(content, dict) or not isinstance(content.get("batch"), list):
        raise BadBody("the body is no JSON object with a list `batch`")
    events = [Raw(json.dumps(event).encode()) for event in content["batch"]]
    names = ("sentAt", "writeKey", "context", "integrations")
    return Envelope(events, *(content.get(name) for name in names))


def judge_batch(parsed: Parsed, by: Judge, receipt: Receipt) -> Verdicts:
    """Return what became of each event."""
    if parsed.quick is not None:
        return _judge_quickly(parsed, parsed.quick, by, receipt)
    envelope = parsed.envelope
    assert envelope is not None
    around = _received_with(receipt, envelope, by.privacy)
    verdicts = Verdicts()
    for raw in envelope.batch:
        _sort(by.judge(bytes(raw), around), verdicts)
    return verdicts


def _judge_quickly(parsed: Parsed, batch: Batch, by: Judge, receipt: Receipt) -> Verdicts:
    reading = Reading(by, receipt, batch.sent_at, len(parsed.body))
    landed = reading.landed(batch.batch)
    if None not in landed:
        return Verdicts(landed)  # type: ignore[arg-type]
    envelope = open_envelope(parsed.body)
    around = _received_with(receipt, envelope, by.privacy)
    verdicts = Verdicts()
    for one, raw in zip(landed, envelope.batch, strict=True):
        if one is not None:
            verdicts.landed.append(one)
        else:
            _sort(by.judge(bytes(raw), around), verdicts)
    return verdicts


def _received_with(receipt: Receipt, envelope: Envelope, privacy: Privacy) -> Receipt:
    """Return what is known of each event of a batch."""
    around = replace(receipt, sent_at=envelope.sent_at)
    sent = {"context": envelope.context, "integrations": envelope.integrations}
    given = {name: value for name, value in sent.items() if value is not None}
    if not given:
        return around
    shared = privacy.applied(given)
    try:
        spelled = encoder.encode(shared)
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError, RecursionError) as error:
        return replace(around, trouble=f"{SHARED} cannot be kept: {type(error).__name__}")
    if holds_nul(spelled):
        return replace(around, trouble=f"{SHARED} holds the character NUL")
    if len(spelled) * len(envelope.batch) > MAX_SHARED_BYTES:
        return replace(around, trouble=f"{SHARED} is too large for all its events")
    return replace(around, shared=shared)


def _sort(verdict: Landed | Quarantined, verdicts: Verdicts) -> None:
    if isinstance(verdict, Landed):
        verdicts.landed.append(verdict)
    else:
        verdicts.refused.append(verdict)


def _require_few(events: int) -> None:
    if events > MAX_EVENTS:
        raise TooLarge(f"a batch holds at most {MAX_EVENTS} events, and this one {events}")


def _key(value: Any) -> str | None:
    return value if isinstance(value, str) else None
