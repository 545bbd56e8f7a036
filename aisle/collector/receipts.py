"""What is known of an event besides its text, and the record that keeps it with a refused one."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aisle.collector.records import Envelope, Quarantined
from aisle.collector.times import read_time


@dataclass(frozen=True)
class Receipt:
    """What is known of an event besides its own text: who sent it, when, and with what."""

    source: str
    received_at: datetime
    sent_at: Any = None  # of the batch; an event's own wins
    address: str | None = None  # what may be kept of the sender's
    type: str | None = None  # of the endpoint
    shared: Mapping[str, Any] = field(default_factory=dict)  # context, integrations of the batch
    by_public_key: bool = True  # the write key is one that visitors' devices hold
    trouble: str | None = None  # why what the batch says of all its events cannot be kept


def quarantined(
    original: bytes, reason: str, receipt: Receipt, hashed: tuple[str, ...] = ()
) -> Quarantined:
    """Return the record of a refused event; bytes that are no UTF-8 are kept beside the text.

    `hashed` names the fields of which the original holds only the hash.
    """
    envelope = Envelope(
        receipt.by_public_key,
        receipt.type,
        None if read_time(receipt.sent_at) is None else receipt.sent_at,
        receipt.address,
        dict(receipt.shared) or None,
        hashed,
    )
    kept = None
    try:
        text = original.decode()
    except UnicodeDecodeError:
        text = original.decode(errors="replace")
        kept = base64.b64encode(original).decode()
    return Quarantined("events", reason, text, receipt.source, receipt.received_at, kept, envelope)
