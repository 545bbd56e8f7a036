"""How the catalogue says types, ages and shares to people."""

from datetime import datetime, timedelta

TYPES = {
    "Int32": "whole number",
    "Int64": "whole number",
    "Float32": "number",
    "Float64": "number",
    "String": "text",
    "Bool": "yes or no",
    "Bytes": "bytes",
    "UnixTimestamp": "moment",
}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def spoken_type(type_: str) -> str:
    """Return Feast's type in words: `Array(Float32)` is a list of numbers."""
    if type_.startswith("Array(") and type_.endswith(")"):
        return f"list of {_plural(spoken_type(type_[6:-1]))}"
    return TYPES.get(type_, type_)


def _plural(words: str) -> str:
    return words if words in ("text", "bytes") else f"{words}s"


def span(length: timedelta) -> str:
    """Return a length of time in its largest whole unit, such as 8 days."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (timedelta(minutes=1), "minute")):
        if length >= unit:
            count = int(length // unit)
            return f"{count:,} {name}{'s' if count != 1 else ''}"
    return f"{length.total_seconds():g} seconds"


def time_to_live(length: timedelta | None) -> str:
    """Return how long a value holds."""
    return f"holds {span(length)}" if length else "holds until replaced"


def freshness(newest_at: datetime | None, as_of: datetime) -> str:
    """Return how new the newest row is, judged from now."""
    if newest_at is None:
        return "no rows yet"
    if newest_at >= as_of - timedelta(minutes=1):
        return "as of now"
    return f"{span(as_of - newest_at)} old"


def percent(share: float) -> str:
    """Return a share that is neither rounded down to none nor up to all."""
    if share <= 0:
        return "0%"
    if share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
