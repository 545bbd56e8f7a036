"""What a tuning may see: the shop as it was when the first test window of a training begins.

Its windows end there, so no trial can be judged on, or know of, what trainings are judged on.
"""

import logging
from dataclasses import replace
from datetime import datetime

from aisle.core.errors import AisleError
from aisle.core.publications import remove_old
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.core.windows import Windows, adjacent_windows
from training.dataset import SnapshotTables, read_snapshot, write_snapshot
from training.readiness import ready_supply
from training.snapshot import content_id, read_tables
from training.tuning.folder import TuningFolder

log = logging.getLogger(__name__)

KEPT = 5  # tunings; each holds a copy of the data that it saw


def freeze_before_tests(
    settings: Settings, folder: TuningFolder, horizon_days: int, windows: int
) -> str:
    """Write the tuning's snapshot and return its id; one that is there already is kept."""
    if (folder.snapshot / "snapshot.json").is_file():
        return read_snapshot(folder.snapshot).snapshot_id
    as_of = datetime.fromisoformat(read_manifest(published_folder(settings))["as_of"])
    with published_connection(settings) as marts:
        supply = ready_supply(marts, as_of, horizon_days)
    cuts = windows_before(supply.windows, windows)
    log.info("trials are judged from %s to %s (UTC)", cuts.tests[0].cutoff, cuts.end)
    # Features at the end are none of a tuning's business: nothing is fitted there.
    cutoffs = {name: moment for name, moment in cuts.cutoffs.items() if name != "end"}
    tables = only_before(read_tables(settings, cuts.end, supply.kind, cutoffs), cuts)
    snapshot_id = content_id(tables, cuts.end, cuts)
    write_snapshot(folder.snapshot, tables, snapshot_id=snapshot_id, as_of=cuts.end, windows=cuts)
    remove_old(settings.tunings, KEPT, marker=folder.snapshot.name)
    return snapshot_id


def windows_before(training: Windows, count: int) -> Windows:
    """Return so many windows to judge trials on, the last ending where the first test begins.

    The window before them is the one on which a trial makes its choices.
    """
    return adjacent_windows(training.tests[0].cutoff, training.horizon, count)


def only_before(tables: SnapshotTables, cuts: Windows) -> SnapshotTables:
    """Return the tables without interactions that happened, or were known, only afterwards."""
    rows = tables.interactions
    kept = rows[(rows["interacted_at"] < cuts.end) & (rows["known_at"] < cuts.end)]
    if not (kept["interacted_at"] < cuts.validation.cutoff).any():
        raise AisleError(
            f"There is no history before {cuts.validation.cutoff} (UTC), where the first window of "
            "this tuning begins: ask for fewer --windows, or wait until there is more."
        )
    return replace(tables, interactions=kept.reset_index(drop=True))
