"""Following a chain by what started what."""

from typing import Any

import pytest

from aisle.core.errors import AisleError
from aisle.runner.chain import CHAIN, Task, follow


class FakeApi:
    """An Airflow in which each DAG has one task, and each run's event starts the next DAG."""

    def __init__(
        self, *, failing: str = "", polls_until_done: int = 2, promotes: bool = True
    ) -> None:
        self.failing = failing
        self.promotes = promotes
        self.polls_until_done = polls_until_done
        self.polls: dict[str, int] = {}
        self.handovers = 0

    def run_state(self, dag_id: str, run_id: str) -> str:
        assert run_id == f"{dag_id}-run", "followed a run that this chain did not start"
        self.polls[dag_id] = self.polls.get(dag_id, 0) + 1
        if self.polls[dag_id] < self.polls_until_done:
            return "running"
        return "failed" if dag_id == self.failing else "success"

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        state = self.run_state(dag_id, run_id)
        return [
            _instance(dag_id, "second", None, None),
            _instance(dag_id, "first", state, "2026-01-01T00:00:00Z"),
        ]

    def asset_events(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        if dag_id == "train_recommender" and not self.promotes:
            return [{"name": "DECISION", "created_dagruns": []}]
        name = "CHAMPION" if dag_id == "train_recommender" else "ANY"
        self.handovers += 1
        if self.handovers % 2:  # the scheduler has not come round to it yet
            return [{"name": name, "created_dagruns": []}]
        later = CHAIN[CHAIN.index(dag_id) + 1]
        started = [
            {"dag_id": "another_consumer", "run_id": "newest"},
            {"dag_id": later, "run_id": f"{later}-run"},
        ]
        return [{"name": name, "created_dagruns": started}]


def _instance(dag_id: str, task_id: str, state: str | None, start: str | None) -> dict[str, Any]:
    return {
        "dag_id": dag_id,
        "dag_run_id": f"{dag_id}-run",
        "task_id": task_id,
        "map_index": -1,
        "try_number": 1,
        "rendered_map_index": None,
        "state": state,
        "start_date": start,
        "end_date": None,
    }


def _follow(api: FakeApi) -> tuple[Any, list[list[Task]]]:
    reports: list[list[Task]] = []
    return follow(api, "load_raw-run", reports.append, wait=lambda: None), reports


def test_the_chain_is_followed_from_run_to_run_until_its_end():
    followed, _ = _follow(FakeApi())
    assert followed.failed is None
    assert followed.run_ids == {dag_id: f"{dag_id}-run" for dag_id in CHAIN}


def test_without_a_promotion_the_chain_ends_with_the_training():
    followed, _ = _follow(FakeApi(promotes=False))
    assert followed.failed is None
    assert list(followed.run_ids) == list(CHAIN[:-1])


def test_a_failed_publication_after_a_promotion_fails_the_chain():
    followed, _ = _follow(FakeApi(failing="publish_recommendations"))
    assert followed.failed is not None
    assert followed.failed.name == "publish_recommendations.first"


def test_each_report_holds_all_tasks_so_far_started_ones_first():
    _, reports = _follow(FakeApi())
    names = [task.name for task in reports[-1]]
    assert names == [f"{dag_id}.{task}" for dag_id in CHAIN for task in ("first", "second")]
    assert reports[-1][1].state == "waiting"


def test_a_failed_task_ends_the_chain_at_once():
    followed, _ = _follow(FakeApi(failing="build_warehouse"))
    assert followed.failed is not None
    assert followed.failed.name == "build_warehouse.first"
    assert list(followed.run_ids) == ["load_raw", "build_warehouse"]


def test_a_failed_task_that_may_fail_does_not_end_the_chain():
    class WithCold(FakeApi):
        def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
            cold = _instance(dag_id, "cold", "failed", "2026-01-01T00:00:00Z")
            listed = super().task_instances(dag_id, run_id)
            return [cold, *listed] if dag_id == "train_recommender" else listed

    followed, reports = _follow(WithCold())
    assert followed.failed is None
    assert list(followed.run_ids) == list(CHAIN)
    assert "failed" in {task.state for task in reports[-1]}


def test_a_run_whose_event_starts_nothing_is_an_error():
    class Silent(FakeApi):
        def asset_events(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
            return []

    with pytest.raises(AisleError, match="build_warehouse did not start"):
        _follow(Silent())


def test_a_dag_run_that_fails_without_a_failed_task_is_an_error():
    class Stuck(FakeApi):
        def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
            return []

    with pytest.raises(AisleError, match="load_raw run load_raw-run failed"):
        _follow(Stuck(failing="load_raw"))
