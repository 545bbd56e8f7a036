"""The door to MLflow's runs: a parent run per training, a child run per rival."""

import json
import logging
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.core.settings import Settings
from training.tracking_database import ensure_database

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from training.dataset import Snapshot
    from training.packaging import ModelPackage

EXPERIMENT = "aisle-recommender"
NOTE = "mlflow.note.content"  # what the MLflow pages show as description
METRICS_PER_BATCH, PARAMS_PER_BATCH = 1000, 100  # MLflow's limits for one call
LOGGED_TABLES = "mlflow.loggedArtifacts"  # the tag by which MLflow's pages find tables
PARAM_LENGTH = 6000  # MLflow's limit for one value


@dataclass(frozen=True)
class Tracker:
    """A connection to one experiment."""

    client: "MlflowClient"
    experiment_id: str


@dataclass(frozen=True)
class RivalRecord:
    """What one rival's run shows."""

    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    curves: Iterable[tuple[str, int, float]]
    tags: Mapping[str, str]
    snapshot: "SnapshotReference"
    started_ms: int
    ended_ms: int


@dataclass(frozen=True)
class SnapshotReference:
    """The data of a training as MLflow names it."""

    snapshot_id: str
    source: Path
    rows: int
    columns: Mapping[str, str]


def snapshot_reference(snapshot: "Snapshot") -> SnapshotReference:
    """Return the snapshot as MLflow names datasets."""
    return SnapshotReference(
        snapshot_id=snapshot.snapshot_id,
        source=snapshot.folder / "interactions.parquet",
        rows=len(snapshot.interactions),
        columns={
            "user_index": "integer",
            "item_index": "integer",
            "order_index": "integer",
            "interacted_at": "datetime",
            "known_at": "datetime",
        },
    )


def milliseconds(moment: datetime) -> int:
    """Return naive UTC as MLflow counts time."""
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


def open_tracker(settings: Settings, experiment_name: str = EXPERIMENT) -> Tracker:
    """Return a tracker on the workspace's MLflow, whose experiment is made when it is missing."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow
    from mlflow.exceptions import MlflowException

    for name in ("mlflow", "alembic"):  # after the import, which sets its own levels
        logging.getLogger(name).setLevel(logging.ERROR)
    ensure_database(settings)
    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.tracking_uri)
    client = mlflow.MlflowClient()
    if client.get_experiment_by_name(experiment_name) is None:
        # A server decides itself where artifacts go; the embedded SQLite needs a folder.
        location = None if settings.mlflow_uri else (settings.mlflow / "artifacts").as_uri()
        try:
            client.create_experiment(experiment_name, artifact_location=location)
        except MlflowException as error:  # another task was first
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
    experiment = client.get_experiment_by_name(experiment_name)
    return Tracker(client, experiment.experiment_id)


def parent_run(
    tracker: Tracker, training_id: str, tags: Mapping[str, str], snapshot: SnapshotReference
) -> str:
    """Return the id of the run that stands for a training; made once, found afterwards."""
    identity = {"training_id": training_id, "kind": "training"}
    return described_run(tracker, training_id, identity, tags, snapshot)


def described_run(
    tracker: Tracker,
    name: str,
    identity: Mapping[str, str],
    tags: Mapping[str, str],
    snapshot: SnapshotReference,
) -> str:
    """Return the id of the run known by `identity`, with tags and its data; made once."""
    run_id = _run_with(tracker, name, identity, _now_ms())
    set_tags(tracker, run_id, tags)
    _log_snapshot(tracker, run_id, snapshot)
    return run_id


def log_rival(
    tracker: Tracker, parent_id: str, training_id: str, recipe: str, record: RivalRecord
) -> str:
    """Write a rival's child run and return its id; writing it again changes nothing."""
    identity = {"training_id": training_id, "kind": "rival", "recipe": recipe}
    return log_child(tracker, parent_id, recipe, identity, record)


def log_child(
    tracker: Tracker, parent_id: str, name: str, identity: Mapping[str, str], record: RivalRecord
) -> str:
    """Write a run nested below another one and return its id; again, it changes nothing."""
    from mlflow.entities import Metric, Param

    known_by = {**identity, "mlflow.parentRunId": parent_id}
    run_id = _run_with(tracker, name, known_by, record.started_ms)
    stamp = record.ended_ms  # a fixed time, because MLflow drops a metric it has, time included
    metrics = [Metric(name, value, stamp, 0) for name, value in record.metrics.items()]
    metrics += [Metric(name, value, stamp, step) for name, step, value in record.curves]
    params = [Param(name, _param(value)) for name, value in record.params.items()]
    for start in range(0, len(params), PARAMS_PER_BATCH):
        tracker.client.log_batch(run_id, params=params[start : start + PARAMS_PER_BATCH])
    for start in range(0, len(metrics), METRICS_PER_BATCH):
        tracker.client.log_batch(run_id, metrics=metrics[start : start + METRICS_PER_BATCH])
    _log_snapshot(tracker, run_id, record.snapshot)
    set_tags(tracker, run_id, record.tags)
    end_run(tracker, run_id, end_time_ms=record.ended_ms)
    return run_id


def find_run(tracker: Tracker, name: str, identity: Mapping[str, str]) -> str:
    """Return the id of the run with these tags; made once, found afterwards."""
    return _run_with(tracker, name, identity, _now_ms())


def _run_with(tracker: Tracker, name: str, tags: Mapping[str, str], started_ms: int) -> str:
    query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
    found = tracker.client.search_runs([tracker.experiment_id], query, max_results=1)
    if found:
        return str(found[0].info.run_id)
    run: Run = tracker.client.create_run(
        tracker.experiment_id, start_time=started_ms, run_name=name, tags=dict(tags)
    )
    return str(run.info.run_id)


def _now_ms() -> int:
    return int(time.time() * 1000)


def _param(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text[:PARAM_LENGTH]


def _log_snapshot(tracker: Tracker, run_id: str, reference: SnapshotReference) -> None:
    """Link a run to the snapshot it was fitted on, named by its content hash."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(
        name="interactions",
        digest=reference.snapshot_id,
        source_type="local",
        source=json.dumps({"uri": str(reference.source)}),
        schema=json.dumps({"mlflow_colspec": _colspec(reference.columns)}),
        profile=json.dumps({"num_rows": reference.rows}),
    )
    context = InputTag("mlflow.data.context", "training")
    tracker.client.log_inputs(run_id, [DatasetInput(dataset, [context])])


def _colspec(columns: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"type": kind, "name": name, "required": True} for name, kind in columns.items()]


def set_tags(tracker: Tracker, run_id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a run."""
    from mlflow.entities import RunTag

    tracker.client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])


def end_run(tracker: Tracker, run_id: str, *, end_time_ms: int | None = None) -> None:
    """Mark a run as finished."""
    tracker.client.set_terminated(run_id, "FINISHED", end_time_ms or _now_ms())


def log_file(tracker: Tracker, run_id: str, path: Path) -> None:
    """Attach a file to a run, replacing one of that name."""
    tracker.client.log_artifact(run_id, str(path))


def log_tables(tracker: Tracker, run_id: str, columns_and_rows: Mapping[str, str]) -> None:
    """Attach tables by file name that MLflow's evaluation page can show beside those it has.

    MLflow's own call would append to a table of that name.
    """
    for name, text in columns_and_rows.items():
        tracker.client.log_text(run_id, text, name)
    known = json.loads(tracker.client.get_run(run_id).data.tags.get(LOGGED_TABLES, "[]"))
    names = dict.fromkeys([*(table["path"] for table in known), *columns_and_rows])
    tables = [{"path": name, "type": "table"} for name in names]
    set_tags(tracker, run_id, {LOGGED_TABLES: json.dumps(tables)})


def log_params(tracker: Tracker, run_id: str, params: Mapping[str, Any]) -> None:
    """Write parameters of a run; the same ones twice change nothing."""
    from mlflow.entities import Param

    tracker.client.log_batch(
        run_id, params=[Param(name, _param(value)) for name, value in params.items()]
    )


def fail_run(tracker: Tracker, run_id: str, why: str) -> None:
    """Mark a run as failed and say why."""
    set_tags(tracker, run_id, {"failure": why[:PARAM_LENGTH]})
    tracker.client.set_terminated(run_id, "FAILED")


def log_metrics(tracker: Tracker, run_id: str, metrics: Mapping[str, float], at_ms: int) -> None:
    """Write metrics of a run as of one moment; writing twice changes nothing."""
    from mlflow.entities import Metric

    tracker.client.log_batch(
        run_id, metrics=[Metric(name, value, at_ms, 0) for name, value in metrics.items()]
    )


def describe(tracker: Tracker, run_id: str, text: str) -> None:
    """Set the description of a run and of the experiment, so that its page alone tells."""
    set_tags(tracker, run_id, {NOTE: text})
    tracker.client.set_experiment_tag(tracker.experiment_id, NOTE, text)


def log_model(tracker: Tracker, run_id: str, package: "ModelPackage") -> str:
    """Log a pyfunc model under a run and return its address; it is not registered yet."""
    import mlflow

    with mlflow.start_run(run_id=run_id):
        logged = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(package.code),
            artifacts={"model": str(package.arrays), "model_card": str(package.card)},
            code_paths=[str(path) for path in package.modules],
            pip_requirements=package.requirements,
            signature=package.signature,
            input_example=package.input_example,
        )
    return str(logged.model_uri)
