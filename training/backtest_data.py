"""What a backtest may know: interactions, and features as they were, before its moment."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.core.windows import Windows, backtest_windows
from training.dataset import write_snapshot
from training.readiness import numbers, supplies
from training.snapshot import content_id, read_tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)

QUIET = timedelta(days=1)  # a shop may sell nothing for so long without its data having ended
SPAN = Path(__file__).with_name("backtest_span.sql")


@dataclass(frozen=True)
class BacktestData:
    """The kind of interaction that counts, the windows, and what a reader should know of them."""

    kind: str
    windows: Windows
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """When one kind of interaction happened, and how often there is something to judge by."""

    kind: str
    first_at: datetime
    last_at: datetime
    judged: int  # inside the horizon, by users with history before the cutoff


def freeze_backtest(
    settings: Settings, folder: Path, cutoff: datetime, horizon: timedelta
) -> BacktestData:
    """Write the snapshot of a backtest to `folder` and return what it is about."""
    build = published_folder(settings)
    as_of = datetime.fromisoformat(read_manifest(build)["as_of"])
    cuts = backtest_windows(cutoff, horizon)
    with published_connection(settings) as marts:
        span = strongest(marts, as_of, cutoff, horizon)
    # Features at the end of the test window are none of a backtest's business.
    cutoffs = {name: moment for name, moment in cuts.cutoffs.items() if name != "end"}
    tables = read_tables(settings, as_of, span.kind, cutoffs)
    snapshot_id = content_id(tables, as_of, cuts)
    write_snapshot(folder, tables, snapshot_id=snapshot_id, as_of=as_of, windows=cuts)
    return BacktestData(span.kind, cuts, tuple(_warnings(span, cuts)))


def strongest(
    marts: "DuckDBPyConnection", as_of: datetime, cutoff: datetime, horizon: timedelta
) -> Span:
    """Return the kind of interaction a training at the cutoff would have taken.

    The choice, like everything else, is made on what was known then. A kind that leaves nothing to
    judge by is refused.
    """
    spans = _spans(marts, as_of, cutoff, horizon)
    known = {span.kind: span for span in spans if span.first_at < cutoff - horizon}
    if not known or cutoff > max(span.last_at for span in spans):
        raise AisleError(_outside(spans, cutoff, horizon))
    before = cutoff - timedelta(microseconds=1)
    found = [
        supply
        for supply in supplies(marts, before, horizon / timedelta(days=1))
        if supply.kind in known
    ]
    span = next((known[supply.kind] for supply in found if supply.is_enough), None)
    if span is None:
        most = max(found, key=lambda supply: supply.interactions)
        raise AisleError(
            f"Before the cutoff {cutoff} there was too little to train on ({most.kind}). "
            f"{numbers(most)}. Choose a later cutoff."
        )
    if not span.judged:
        raise AisleError(
            f"Nothing to judge by: no user with history did {span.kind!r} from the cutoff {cutoff} "
            f"to {cutoff + horizon} (the last one of anybody was at {span.last_at} UTC). Choose "
            "another cutoff or a longer horizon."
        )
    return span


def _spans(
    marts: "DuckDBPyConnection", as_of: datetime, cutoff: datetime, horizon: timedelta
) -> list[Span]:
    asked = {"as_of": as_of, "cutoff": cutoff, "until": cutoff + horizon}
    rows = marts.execute(SPAN.read_text(), asked).fetchall()
    if not rows:
        raise AisleError("The published marts hold no interaction: load and publish data first.")
    return [Span(*row) for row in rows]


def _outside(spans: list[Span], cutoff: datetime, horizon: timedelta) -> str:
    first_at, last_at = min(s.first_at for s in spans), max(s.last_at for s in spans)
    days = horizon / timedelta(days=1)
    return (
        f"The cutoff {cutoff} leaves nothing to learn from or nothing to judge by: data runs "
        f"from {first_at} to {last_at} (UTC), and choices need a window of {days:g} days just "
        f"before the cutoff. Choose one after {first_at + horizon} and not after {last_at}."
    )


def _warnings(span: Span, cuts: Windows) -> list[str]:
    until = cuts.tests[0].end
    if until <= span.last_at + QUIET:
        return []
    return [
        f"the horizon ends at {until}, but the last interaction was at {span.last_at} (UTC): "
        "part of the truth has not happened yet, so that metrics cannot be compared with those "
        "of a whole horizon."
    ]
