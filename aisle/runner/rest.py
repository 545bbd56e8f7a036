"""The door to Airflow: the few calls of its REST API that a run needs, tried again on 5xx."""

import time
from typing import Any

import httpx

from aisle.core.errors import AisleError

SERVER_ERROR = 500
CONFLICT = 409


class AirflowApi:
    """Calls one Airflow's REST API as its one user."""

    pause_seconds = 0.5
    attempts = 20

    def __init__(self, client: httpx.Client, user: str, password: str) -> None:
        self._client = client
        self._credentials = {"username": user, "password": password}
        self.has_triggered = False

    def is_healthy(self) -> bool:
        """Return whether database, scheduler and DAG processor all say they are healthy."""
        try:
            health = self._client.get("/api/v2/monitor/health", timeout=5).json()
        except (httpx.HTTPError, ValueError):
            return False
        parts = ("metadatabase", "scheduler", "dag_processor")
        return all((health.get(part) or {}).get("status") == "healthy" for part in parts)

    def log_in(self) -> None:
        """Fetch the token that all further calls carry."""
        token = self._call("POST", "/auth/token", json=self._credentials)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def create_pool(self, name: str, slots: int) -> None:
        """Create the pool unless it is there."""
        self._call("POST", "/api/v2/pools", json={"name": name, "slots": slots})

    def dag_ids(self) -> set[str]:
        """Return the DAGs that Airflow has read so far."""
        return {dag["dag_id"] for dag in self._call("GET", "/api/v2/dags")["dags"]}

    def import_errors(self) -> list[str]:
        """Return the errors of DAG files that could not be read."""
        answer = self._call("GET", "/api/v2/importErrors")
        return [f"{error['filename']}: {error['stack_trace']}" for error in answer["import_errors"]]

    def trigger(self, dag_id: str, run_id: str, params: dict[str, Any] | None = None) -> None:
        """Start a run by hand; with its name given, trying again cannot start a second one."""
        body = {"logical_date": None, "dag_run_id": run_id, "conf": params or {}}
        self.has_triggered = True
        self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body)

    def active_runs(self, dag_ids: tuple[str, ...]) -> list[tuple[str, str]]:
        """Return DAG and run of what is queued or running now of these DAGs."""
        states = {"state": ["queued", "running"], "limit": 100}
        answer = self._call("GET", "/api/v2/dags/~/dagRuns", params=states)
        runs = [(run["dag_id"], run["dag_run_id"]) for run in answer["dag_runs"]]
        return [(dag_id, run_id) for dag_id, run_id in runs if dag_id in dag_ids]

    def fail_run(self, dag_id: str, run_id: str) -> None:
        """Mark one DAG run as failed; Airflow ends its tasks."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"
        self._call("PATCH", path, json={"state": "failed"})

    def pool_slots(self, name: str) -> int | None:
        """Return the slots of a pool; None when there is no such pool."""
        pools = self._call("GET", "/api/v2/pools")["pools"]
        return next((int(pool["slots"]) for pool in pools if pool["name"] == name), None)

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return the state of one DAG run."""
        return str(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of one DAG run."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        answer = self._call("GET", path, params={"limit": 100})
        return list(answer["task_instances"])

    def asset_events(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the Asset events that one DAG run wrote, each with the runs it started."""
        source = {"source_dag_id": dag_id, "source_run_id": run_id}
        return list(self._call("GET", "/api/v2/assets/events", params=source)["asset_events"])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _call(self, method: str, path: str, **request: Any) -> Any:
        for _ in range(self.attempts):
            try:
                response = self._client.request(method, path, **request)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if response.status_code < SERVER_ERROR:
                    return _answer(response)
                problem = f"{response.status_code} {response.text[:200]}"
            time.sleep(self.pause_seconds)
        raise AisleError(f"Airflow did not answer {method} {path}: {problem}")


def _answer(response: httpx.Response) -> Any:
    if response.is_success or response.status_code == CONFLICT:
        return response.json()
    request = response.request
    raise AisleError(
        f"Airflow refused {request.method} {request.url}: {response.status_code} "
        f"{response.text[:500]}"
    )
