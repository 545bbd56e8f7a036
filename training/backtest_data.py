"""What a backtest may know: interactions, and features as they were, before its moment."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.core.errors import AisleError
from aisle.core.item_events import ITEM_EVENTS
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from training.dataset import write_snapshot
from training.snapshot import content_id, read_tables
from training.split import Windows, backtest_windows

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
    """When one kind of interaction happened, and how often before the moment asked about."""

    kind: str
    first_at: datetime
    last_at: datetime
    known_before: int


def freeze_backtest(
    settings: Settings, folder: Path, cutoff: datetime, horizon: timedelta
) -> BacktestData:
    """Write the snapshot of a backtest to `folder` and return what it is about."""
    build = published_folder(settings)
    as_of = datetime.fromisoformat(read_manifest(build)["as_of"])
    cuts = backtest_windows(cutoff, horizon)
    with published_connection(settings) as marts:
        span = strongest(_spans(marts, as_of, cutoff), cutoff, horizon)
    # Features at the end of the test window are none of a backtest's business.
    cutoffs = {name: moment for name, moment in cuts.cutoffs.items() if name != "end"}
    tables = read_tables(settings, as_of, span.kind, cutoffs)
    snapshot_id = content_id(tables, as_of, cuts)
    write_snapshot(folder, tables, snapshot_id=snapshot_id, as_of=as_of, windows=cuts)
    return BacktestData(span.kind, cuts, tuple(_warnings(span, cuts)))


def _spans(marts: "DuckDBPyConnection", as_of: datetime, cutoff: datetime) -> list[Span]:
    rows = marts.execute(SPAN.read_text(), {"as_of": as_of, "cutoff": cutoff}).fetchall()
    return [Span(*row) for row in rows]


def strongest(spans: list[Span], cutoff: datetime, horizon: timedelta) -> Span:
    """Return the strongest kind of interaction known before the cutoff; refuse one outside.

    The choice, like everything else, is made on what was known then.
    """
    if not spans:
        raise AisleError("The published marts hold no interaction: load and publish data first.")
    known = {span.kind: span for span in spans if span.first_at < cutoff - horizon}
    first_at, last_at = min(s.first_at for s in spans), max(s.last_at for s in spans)
    if not known or cutoff > last_at:
        raise AisleError(
            f"The cutoff {cutoff} leaves nothing to learn from or nothing to judge by: data runs "
            f"from {first_at} to {last_at} (UTC), and choices need a window of "
            f"{horizon / timedelta(days=1):g} days just before the cutoff. Choose one after "
            f"{first_at + horizon} and not after {last_at}."
        )
    return next(known[kind] for kind in ITEM_EVENTS if kind in known)


def _warnings(span: Span, cuts: Windows) -> list[str]:
    until = cuts.tests[0].end
    if until <= span.last_at + QUIET:
        return []
    return [
        f"the horizon ends at {until}, but the last interaction was at {span.last_at} (UTC): "
        "part of the truth has not happened yet, so that metrics cannot be compared with those "
        "of a whole horizon."
    ]
