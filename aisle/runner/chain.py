"""Follows one chain of DAG runs from Asset to Asset, by what started what, never by newest run."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from aisle.core.errors import AisleError

TRAINING = "train_recommender"
CHAIN = ("load_raw", "build_warehouse", "refresh_features", TRAINING, "publish_recommendations")
# A DAG that only runs when the one before wrote this Asset, which it does not always.
ONLY_AFTER = {"publish_recommendations": "CHAMPION"}
# Tasks that others follow however they ended: their DAG's run can go well without them.
MAY_FAIL = {(TRAINING, "cold")}
HANDOVER_POLLS = 120


class Api(Protocol):
    """What following a chain asks of Airflow."""

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of one DAG run."""

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of one DAG run."""

    def asset_events(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the Asset events that one DAG run wrote."""


@dataclass(frozen=True)
class Task:
    """One task of the chain as Airflow last reported it."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    label: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def name(self) -> str:
        """The task as people call it, with the recipe of a mapped one."""
        return f"{self.dag_id}.{self.task_id}" + (f" [{self.label}]" if self.label else "")

    @property
    def seconds(self) -> float | None:
        """How long it took, or has taken until now; None before it starts."""
        if self.started_at is None:
            return None
        return ((self.ended_at or datetime.now(UTC)) - self.started_at).total_seconds()


@dataclass(frozen=True)
class Followed:
    """How a chain went: its tasks, the run of each DAG, and the task that failed, if one did."""

    tasks: tuple[Task, ...]
    run_ids: dict[str, str]
    failed: Task | None


def folder_name(run_id: str) -> str:
    """Return the name under which tasks of this DAG run write (`dags/common/tasks.py` makes it)."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", run_id).lstrip("._-")[:128]


def follow(
    api: Api, run_id: str, on_change: Callable[[list[Task]], None], wait: Callable[[], None]
) -> Followed:
    """Follow the chain from a run of its first DAG until it ends or a task fails."""
    tasks: list[Task] = []
    run_ids: dict[str, str] = {}
    for dag_id in CHAIN:
        if run_ids:
            if not _is_due(api, run_ids, dag_id):
                continue
            run_id = _started_run(api, run_ids, dag_id, wait)
        run_ids[dag_id] = run_id
        before = list(tasks)
        for current in _until_finished(api, dag_id, run_id, wait):
            tasks = before + current
            on_change(tasks)
            failed = first_failed(current)
            if failed is not None:
                return Followed(tuple(tasks), run_ids, failed)
    return Followed(tuple(tasks), run_ids, None)


def first_failed(tasks: list[Task]) -> Task | None:
    """Return the task whose own failure stopped the chain; None when all is well."""
    failed = (task for task in tasks if task.state == "failed")
    return next((task for task in failed if (task.dag_id, task.task_id) not in MAY_FAIL), None)


def _until_finished(
    api: Api, dag_id: str, run_id: str, wait: Callable[[], None]
) -> Iterator[list[Task]]:
    while True:
        state = api.run_state(dag_id, run_id)  # before the tasks, so the last report is complete
        tasks = [_task(instance) for instance in api.task_instances(dag_id, run_id)]
        yield sorted(tasks, key=_order)
        if state == "success":
            return
        if state == "failed":
            raise AisleError(f"{dag_id} run {run_id} failed although none of its tasks did.")
        wait()


def _is_due(api: Api, run_ids: dict[str, str], dag_id: str) -> bool:
    """Return whether the last run followed, which has ended, wrote what starts this DAG."""
    if dag_id not in ONLY_AFTER:
        return True
    source, source_run = list(run_ids.items())[-1]
    written = {event["name"] for event in api.asset_events(source, source_run)}
    return ONLY_AFTER[dag_id] in written


def _started_run(api: Api, run_ids: dict[str, str], dag_id: str, wait: Callable[[], None]) -> str:
    source, source_run = list(run_ids.items())[-1]
    for _ in range(HANDOVER_POLLS):
        for event in api.asset_events(source, source_run):
            for started in event["created_dagruns"]:
                if started["dag_id"] == dag_id:
                    return str(started["run_id"])
        wait()
    raise AisleError(f"{source} run {source_run} ended well, and {dag_id} did not start after it.")


def _task(instance: dict[str, Any]) -> Task:
    return Task(
        dag_id=instance["dag_id"],
        run_id=instance["dag_run_id"],
        task_id=instance["task_id"],
        map_index=instance["map_index"],
        try_number=instance["try_number"],
        label=instance["rendered_map_index"] or "",
        state=instance["state"] or "waiting",
        started_at=_moment(instance["start_date"]),
        ended_at=_moment(instance["end_date"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))


def _order(task: Task) -> tuple[bool, datetime, str, int]:
    """Started tasks first, in the order they started; the others by name."""
    never = datetime.max.replace(tzinfo=UTC)
    return task.started_at is None, task.started_at or never, task.task_id, task.map_index
