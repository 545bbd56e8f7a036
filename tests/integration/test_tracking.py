"""MLflow's embedded database: made whole or not at all, written by two tasks at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.store.tracking import sqlalchemy_store

from aisle.core.settings import Settings
from training.tracking import RivalRecord, SnapshotReference, log_rival, open_tracker, parent_run
from training.tracking_database import ensure_database

SNAPSHOT = SnapshotReference("s1", Path("interactions.parquet"), 3, {"user_index": "integer"})
WRITE_RIVALS = """
import sys
from aisle.core.settings import Settings
from test_tracking import record
from training.tracking import log_rival, open_tracker
tracker = open_tracker(Settings())
for number in range(3):
    log_rival(tracker, sys.argv[1], "t", f"{sys.argv[2]}-{number}", record())
"""


def record() -> RivalRecord:
    """Return a run with more parameters and curve points than MLflow takes in one call."""
    return RivalRecord(
        params={f"p{number}": number for number in range(120)},
        metrics={"next_ndcg_at_10": 0.3},
        curves=[("ndcg", step, step / 1200) for step in range(1200)],
        tags={"family": "f"},
        snapshot=SNAPSHOT,
        started_ms=1_000,
        ended_ms=5_000,
    )


def test_a_start_that_dies_half_way_leaves_no_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(sqlalchemy_store.SqlAlchemyStore):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(sqlalchemy_store, "SqlAlchemyStore", Killed)
        ensure_database(settings)
    assert not (settings.mlflow / "mlflow.db").exists()
    assert open_tracker(settings).experiment_id


def test_a_run_written_twice_is_one_run_with_one_curve(settings: Settings) -> None:
    tracker = open_tracker(settings)
    parent = parent_run(tracker, "t", {"snapshot_id": "s1"}, SNAPSHOT)
    assert parent_run(tracker, "t", {"snapshot_id": "s1"}, SNAPSHOT) == parent
    run = log_rival(tracker, parent, "t", "a", record())
    assert log_rival(tracker, parent, "t", "a", record()) == run
    written = tracker.client.get_run(run)
    assert len(written.data.params) == 120
    assert len(tracker.client.get_metric_history(run, "ndcg")) == 1200
    assert written.data.tags["mlflow.parentRunId"] == parent
    assert (written.info.start_time, written.info.end_time) == (1_000, 5_000)
    assert written.inputs.dataset_inputs[0].dataset.digest == "s1"


def test_two_tasks_may_write_at_once(settings: Settings) -> None:
    tracker = open_tracker(settings)
    parent = parent_run(tracker, "t", {}, SNAPSHOT)
    arguments = [sys.executable, "-c", WRITE_RIVALS, parent]
    here = Path(__file__).parent
    tasks = [subprocess.Popen([*arguments, name], cwd=here) for name in ("one", "two")]
    assert [task.wait(timeout=120) for task in tasks] == [0, 0]
    runs = tracker.client.search_runs([tracker.experiment_id], "tags.kind = 'rival'")
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len(runs) == 6
