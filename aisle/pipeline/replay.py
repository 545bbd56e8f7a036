"""Events that a collector refused, judged again after a fix; what is good now lands."""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from aisle.core.clock import wall_clock
from aisle.core.landing import QUARANTINE, delivery, landed_files
from aisle.core.settings import Settings
from aisle.core.warehouse import run_script, writer_connection
from aisle.pipeline.load_raw import bring_in, load_raw

SQL = Path(__file__).parent
ROWS_AT_ONCE = 1000

# Original bytes, source, time of receipt (UTC) and, as JSON, what else the collector knew of it
# -> the line that lands, or the reason why not.
Judge = Callable[[bytes, str, datetime, str | None], bytes | str]
Place = tuple[str, int]


@dataclass(frozen=True)
class Replayed:
    """What a replay did: how many events landed where, and why others still cannot."""

    landed: int = 0
    landed_file: str = ""
    still_refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Refused:
    """One quarantined event, as its sender sent it."""

    place: Place
    original: bytes
    source: str
    received_at: datetime
    envelope: str | None


def replay(
    settings: Settings, judge: Judge, reason: str = "", limit: int | None = None
) -> Replayed:
    """Land what `judge` accepts now of the refused events; return what came of it.

    At most `limit` events land, of those with `reason` in their reason. They land before they are
    marked as replayed: after a kill the next replay lands the same messages again, and `load-raw`
    takes each message once.
    """
    if not settings.warehouse.exists() and not _has_refused(settings):
        return Replayed()
    load_raw(settings, kinds=())  # so that all that was refused so far is in raw.quarantine
    still_refused: Counter[str] = Counter()
    with writer_connection(settings) as connection:
        with delivery(settings.landing) as folder:
            accepted = _accepted(_pending(connection, reason), judge, still_refused)
            places, landed_file = _write(folder / "events", islice(accepted, limit))
        if places:
            _mark(connection, places, landed_file)
    return Replayed(len(places), landed_file, still_refused)


def _has_refused(settings: Settings) -> bool:
    bring_in(settings)
    return bool(landed_files(settings.landing, QUARANTINE))


def _pending(connection: duckdb.DuckDBPyConnection, reason: str) -> Iterator[_Refused]:
    query = (SQL / "replay_pending.sql").read_text()
    found = connection.cursor().execute(query, {"reason": reason})
    while rows := found.fetchmany(ROWS_AT_ONCE):
        for file, line, text, encoded, source, received_at, envelope in rows:
            original = base64.b64decode(encoded) if encoded else text.encode()
            at = received_at.replace(tzinfo=UTC)
            yield _Refused((file, line), original, source, at, envelope)


def _accepted(
    pending: Iterator[_Refused], judge: Judge, still_refused: Counter[str]
) -> Iterator[tuple[Place, bytes]]:
    """Yield place and line of what is good now; count the reasons of the rest."""
    for one in pending:
        verdict = judge(one.original, one.source, one.received_at, one.envelope)
        if isinstance(verdict, bytes):
            yield one.place, verdict
        else:
            still_refused[verdict.partition(": ")[0]] += 1


def _write(folder: Path, accepted: Iterator[tuple[Place, bytes]]) -> tuple[list[Place], str]:
    """Write the lines into a file named after its content; return their places and its name."""
    folder.mkdir()
    draft = folder / "draft"
    places: list[Place] = []
    content = hashlib.sha256()
    with draft.open("wb") as file:
        for place, line in accepted:
            if not line.endswith(b"\n") or line.count(b"\n") > 1:
                raise ValueError(f"not one line of JSON: {line[:80]!r}")
            content.update(line)
            file.write(line)
            places.append(place)
    name = f"replay-{content.hexdigest()[:16]}.jsonl"
    if not places:
        draft.unlink()
        return [], ""
    draft.rename(folder / name)
    return places, f"events/{name}"


def _mark(connection: duckdb.DuckDBPyConnection, places: list[Place], landed_file: str) -> None:
    files, lines = zip(*places, strict=True)
    connection.register("replayed", pa.table({"source_file": files, "line_number": lines}))
    stamp = {"landed_file": landed_file, "now": wall_clock()}
    run_script(connection, SQL / "mark_replayed.sql", stamp)
    connection.unregister("replayed")
