"""Judges again what lies in the quarantine, with what was known when it came."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import msgspec

from aisle.collector.judging import Judge, read_leniently
from aisle.collector.privacy import Privacy
from aisle.collector.receipts import Receipt
from aisle.collector.records import Envelope, Quarantined, encoder
from aisle.core.settings import Settings


def judge_again(settings: Settings) -> Callable[[bytes, str, datetime, str | None], bytes | str]:
    """Return what gives the line that lands for a quarantined event, or the reason why not.

    It takes original, source, time of receipt, and the `envelope` of the record as JSON.
    """
    configured = Judge.configured(settings)

    def judged(
        original: bytes, source: str, received_at: datetime, envelope: str | None = None
    ) -> bytes | str:
        known = _known(original, envelope, configured.privacy)
        receipt = Receipt(
            source,
            received_at,
            known.sent_at,
            known.address,
            known.type,
            known.shared or {},
            known.by_public_key,
        )
        again = Judge(configured.plan, _remaining(configured.privacy, known.hashed))
        verdict = again.judge(original, receipt)
        if isinstance(verdict, Quarantined):
            return verdict.reason
        return encoder.encode(verdict) + b"\n"

    return judged


def _known(original: bytes, envelope: str | None, privacy: Privacy) -> Envelope:
    if envelope is not None:
        return msgspec.json.decode(envelope, type=Envelope)
    # A record without one: privacy has passed all that it could read.
    is_read = isinstance(read_leniently(original), dict)
    return Envelope(by_public_key=True, hashed=privacy.hashed_names if is_read else ())


def _remaining(privacy: Privacy, hashed: tuple[str, ...]) -> Privacy:
    """Return the privacy that hashes nothing twice: that would make another user of one."""
    paths = tuple(path for path in privacy.hashed if ".".join(path) not in hashed)
    return replace(privacy, hashed=paths)
