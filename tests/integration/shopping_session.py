"""One scripted visit to a shop, and what of it must stand in `raw.events`.

`shopping_session.json` is what the shop's own code says, in order; every client sends it in its
own way. What is compared is everything: the client's own record of each message (ids, times,
whatever it adds) and the words of the script.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.load_raw import load_raw

Message = dict[str, Any]

SCRIPT = Path(__file__).with_suffix(".json")
COLUMNS = {  # of raw.events, and the names clients give them
    "message_id": "messageId",
    "type": "type",
    "event": "event",
    "user_id": "userId",
    "anonymous_id": "anonymousId",
    "previous_id": "previousId",
    "group_id": "groupId",
    "name": "name",
    "original_timestamp": "originalTimestamp",
    "properties": "properties",
    "context": "context",
    "traits": "traits",
}
JSON = ("properties", "context", "traits", "extra")
NOT_STORED = ("sentAt", "writeKey", "timestamp")  # as such: the first two belong to the batch
IN_ORDER = "received_at, _source_file, _line_number"
SENT_IP, KEPT_IP = "203.0.113.77", "203.0.113.0"
LOOPBACK = "127.0.0.0"  # what is kept of a sender on this machine


def scripted_session() -> list[Message]:
    """Return the calls of the shop's code, a second apart, the last one a moment ago."""
    script: list[Message] = json.loads(SCRIPT.read_text())
    start = datetime.now(UTC).replace(microsecond=123000) - timedelta(seconds=len(script) + 5)
    return [
        {**call, "timestamp": start + timedelta(seconds=number)}
        for number, call in enumerate(script)
    ]


def stored_rows(settings: Settings) -> list[Message]:
    """Load the landing zone and return `raw.events` in the order of receipt."""
    load_raw(settings)
    with reader_connection(settings) as connection:
        assert connection.sql("from raw.quarantine").fetchall() == []
        rows = connection.sql(f"from raw.events order by {IN_ORDER}")
        named = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
    parsed = {name: [json.loads(row[name] or "null") for row in named] for name in JSON}
    return [
        {**row, **{name: parsed[name][number] for name in JSON}} for number, row in enumerate(named)
    ]


def as_message(row: Message) -> Message:
    """Return a row of `raw.events` in the words of the client that sent it."""
    message = {spelled: row[column] for column, spelled in COLUMNS.items()}
    message["originalTimestamp"] = instant(message["originalTimestamp"])
    return without_nulls({**message, **(row["extra"] or {})})


def as_kept(sent: Message, address: str | None = None) -> Message:
    """Return what is to be kept of a message that a client sent: all but the end of its IP.

    `address` is what the collector knows of a visitor whose own device sends.
    """
    kept = {name: value for name, value in sent.items() if name not in NOT_STORED}
    kept["originalTimestamp"] = instant(sent.get("originalTimestamp") or sent["timestamp"])
    own = {"ip": address} if address else {}
    context = {**own, **(sent.get("context") or {})}
    if context.get("ip") == SENT_IP:
        context["ip"] = KEPT_IP
    return without_nulls({**kept, "context": context})


def by_id(messages: Iterable[Message]) -> list[Message]:
    """Return them in one order: what is tried again may be overtaken."""
    return sorted(messages, key=lambda message: str(message["messageId"]))


def without_nulls(message: Message) -> Message:
    """Leave out what is null at the top: an id that is null and one that is not there are one."""
    return {name: value for name, value in message.items() if value is not None}


def instant(value: str | datetime) -> datetime:
    """Return a moment in UTC, however it was written."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def assert_script_was_kept(rows: list[Message], script: list[Message]) -> None:
    """Check every word of the script, whatever the client reports of itself."""
    assert [row["type"] for row in rows] == [call["call"] for call in script]
    for row, call in zip(rows, script, strict=True):
        kept = as_message(row)
        assert kept["originalTimestamp"] == call["timestamp"]
        assert instant(row["timestamp"]) == call["timestamp"]
        for name in ("event", "userId", "anonymousId", "previousId", "groupId", "name", "category"):
            assert kept.get(name) == call.get(name), (name, call)
        assert contains(kept.get("properties") or {}, call.get("properties", {})), call
        traits = kept.get("traits") or kept["context"].get("traits") or {}
        assert traits == call.get("traits", {}), call
        assert contains(kept["context"], as_kept(call)["context"]), call


def contains(kept: Any, said: Any) -> bool:
    """Tell whether all that was said was kept; a client may have added keys of its own."""
    if isinstance(kept, dict) and isinstance(said, dict):
        return all(name in kept and contains(kept[name], value) for name, value in said.items())
    return (type(kept) is type(said) and bool(kept == said)) or is_same_number(kept, said)


def is_same_number(kept: Any, said: Any) -> bool:
    """Tell whether two numbers are one: JavaScript writes 100.0 as 100."""
    both = (kept, said)
    are_numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in both)
    return are_numbers and bool(kept == said)
