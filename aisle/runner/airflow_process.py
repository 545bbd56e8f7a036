"""Starts a private Airflow for one run, waits until it is ready, and ends it again."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.runner.airflow_settings import USER, airflow_environment, workspace_secrets
from aisle.runner.processes import end_all
from aisle.runner.rest import AirflowApi
from aisle.runner.task_log import last_lines

START_TIMEOUT_SECONDS = 180
STOP_TIMEOUT_SECONDS = 30


class Airflow:
    """A running Airflow: its API, and whether it is still alive."""

    def __init__(self, guard: subprocess.Popen[bytes], api: AirflowApi, logs: Path) -> None:
        self.api = api
        self._guard = guard
        self._logs = logs

    def wait_until_ready(self, dag_ids: tuple[str, ...]) -> None:
        """Return when every component is healthy and has read the DAGs."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        self._wait(self.api.is_healthy, deadline, "Airflow is not healthy")
        self.api.log_in()
        self._wait(lambda: self._has_read(dag_ids), deadline, f"Airflow has not read {dag_ids}")

    def check_alive(self) -> None:
        """Raise when a component of Airflow has ended."""
        if self._guard.poll() is not None:
            reason = "\n".join(last_lines(self._logs / "guard.log", 5))
            raise AisleError(f"Airflow stopped by itself. {reason}\nIts logs: {self._logs}")

    def stop(self) -> None:
        """End all of Airflow's processes and the tasks they still run."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        try:
            self._guard.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._guard.kill()
        self.api.close()

    def _has_read(self, dag_ids: tuple[str, ...]) -> bool:
        errors = self.api.import_errors()
        if errors:
            raise AisleError("Airflow could not read a DAG file:\n" + "\n".join(errors))
        return set(dag_ids) <= self.api.dag_ids()

    def _wait(self, is_true: Callable[[], bool], deadline: float, complaint: str) -> None:
        while not is_true():
            self.check_alive()
            if time.monotonic() > deadline:
                raise AisleError(
                    f"{complaint} after {START_TIMEOUT_SECONDS} s. Its logs: {self._logs}"
                )
            time.sleep(0.5)


@contextmanager
def running_airflow(settings: Settings) -> Iterator[Airflow]:
    """Yield an Airflow that is coming up; afterwards nothing of it is left running."""
    end_all(str(settings.root))  # what a killed run of this workspace may have left
    port = settings.airflow_port or _free_port()
    logs = settings.airflow / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    environment = airflow_environment(settings, port)
    # trust_env off: a proxy of the environment must not see calls to this machine.
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)
    api = AirflowApi(client, USER, workspace_secrets(settings.airflow).password)
    with (logs / "guard.log").open("wb") as log:
        guard = subprocess.Popen(
            [sys.executable, "-m", "aisle.runner.guard"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    airflow = Airflow(guard, api, logs)
    try:
        yield airflow
    finally:
        airflow.stop()
        end_all(str(settings.root))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
