"""When an event happened: readings of what clients send, and the correction of wrong clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from aisle.collector.records import Refused

TRUSTED_SKEW = timedelta(seconds=60)
MAX_AHEAD = timedelta(hours=1)
MILLISECONDS_FROM = 1e11  # as seconds this is the year 5138


def read_time(value: Any) -> datetime | None:
    """Return a moment with its offset from text or epoch (s or ms); None when it cannot be read."""
    if isinstance(value, str):
        return _read_text(value)
    if isinstance(value, msgspec.Raw):  # a number as it was written
        value = float(bytes(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_epoch(value)
    return None


def happened_at(stamp: datetime, sent_at: datetime | None, received_at: datetime) -> datetime:
    """Return the moment by our clock: a clock that is wrong when it sends was wrong before, too.

    Segment's rule: when it happened is when we received it less the time it waited at the client.
    """
    if sent_at is None or abs(received_at - sent_at) <= TRUSTED_SKEW:
        return stamp
    try:
        return received_at - (sent_at - stamp)
    except OverflowError:
        raise Refused(f"timestamp is out of range: {stamp}") from None


def require_past(moment: datetime, received_at: datetime) -> None:
    """Raise when an event lies further ahead than clocks may differ."""
    if moment - received_at > MAX_AHEAD:
        raise Refused(f"timestamp lies more than an hour after receipt: {moment.isoformat()}")


def _read_text(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip().upper())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_epoch(value: int | float) -> datetime | None:
    try:
        seconds = value / 1000 if abs(value) >= MILLISECONDS_FROM else value
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
