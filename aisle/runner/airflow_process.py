"""The Airflow of a run: started for it and ended with it, or that of a running `aisle ui`."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import httpx

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.runner.airflow_settings import USER, airflow_environment, workspace_secrets
from aisle.runner.guard import dismiss, start_guard
from aisle.runner.lock import AIRFLOW_LOCK, held, holder_of
from aisle.runner.ports import free_port
from aisle.runner.processes import end_all
from aisle.runner.rest import AirflowApi
from aisle.runner.task_log import last_lines
from aisle.runner.ui_state import read_state, refuse_other_settings

START_TIMEOUT_SECONDS = 300
STOP_TIMEOUT_SECONDS = 30
RESTART_ATTEMPTS = 180
UI = "aisle ui"


class Airflow(Protocol):
    """What a run asks of its Airflow, whoever keeps it."""

    api: AirflowApi
    waiting_for: str  # what people read while `wait_until_ready` goes on

    def wait_until_ready(self, dag_ids: tuple[str, ...]) -> None:
        """Return when every component is healthy and has read the DAGs."""

    def check_alive(self) -> None:
        """Raise when Airflow has ended."""


class PrivateAirflow:
    """An Airflow started for one run: its API, and whether it is still alive."""

    waiting_for = "Airflow starts"

    def __init__(self, guard: subprocess.Popen[bytes], api: AirflowApi, logs: Path) -> None:
        self.api = api
        self._guard = guard
        self._logs = logs

    def wait_until_ready(self, dag_ids: tuple[str, ...]) -> None:
        """Return when every component is healthy and has read the DAGs."""
        wait_until_ready(self.api, dag_ids, self.check_alive, self._logs)

    def check_alive(self) -> None:
        """Raise when a component of Airflow has ended."""
        if self._guard.poll() is not None:
            reason = "\n".join(last_lines(self._logs / "guard.log", 5))
            raise AisleError(f"Airflow stopped by itself. {reason}\nIts logs: {self._logs}")

    def stop(self) -> None:
        """End all of Airflow's processes and the tasks they still run."""
        dismiss(self._guard, STOP_TIMEOUT_SECONDS)
        self.api.close()


class BorrowedAirflow:
    """The Airflow that `aisle ui` keeps running for this workspace."""

    waiting_for = "Airflow of `aisle ui` is free"

    def __init__(self, api: AirflowApi, settings: Settings) -> None:
        self.api = api
        self.api.attempts = RESTART_ATTEMPTS  # the ui starts again what ends
        self._settings = settings

    def wait_until_ready(self, dag_ids: tuple[str, ...]) -> None:
        """Return when it is healthy, has read the DAGs and runs none of them."""
        logs = self._settings.airflow / "logs"
        wait_until_ready(self.api, dag_ids, self.check_alive, logs)
        while self.api.active_runs(dag_ids):  # two chains would hand over to one another
            self.check_alive()
            time.sleep(1)

    def check_alive(self) -> None:
        """Raise when `aisle ui` has ended."""
        if not self._is_kept():
            raise AisleError("`aisle ui`, whose Airflow this run was using, has ended: run again.")

    def give_up(self, dag_ids: tuple[str, ...]) -> None:
        """Fail what still runs of the DAGs if this run started it; Airflow then ends its tasks."""
        if not (self.api.has_triggered and self._is_kept()):
            return
        for dag_id, run_id in self.api.active_runs(dag_ids):
            self.api.fail_run(dag_id, run_id)

    def _is_kept(self) -> bool:
        return holder_of(self._settings.root / AIRFLOW_LOCK) is not None


def wait_until_ready(
    api: AirflowApi, dag_ids: tuple[str, ...], check_alive: Callable[[], None], logs: Path
) -> None:
    """Return when every component of an Airflow is healthy and has read the DAGs."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS

    def wait(is_true: Callable[[], bool], complaint: str) -> None:
        while not is_true():
            check_alive()
            if time.monotonic() > deadline:
                raise AisleError(f"{complaint} after {START_TIMEOUT_SECONDS} s. Its logs: {logs}")
            time.sleep(0.5)

    wait(api.is_healthy, "Airflow is not healthy")
    api.log_in()
    wait(lambda: has_read(api, dag_ids), f"Airflow has not read {dag_ids}")


def has_read(api: AirflowApi, dag_ids: tuple[str, ...]) -> bool:
    """Return whether Airflow knows the DAGs; raise when it could not read one."""
    errors = api.import_errors()
    if errors:
        raise AisleError("Airflow could not read a DAG file:\n" + "\n".join(errors))
    return set(dag_ids) <= api.dag_ids()


def airflow_for_run(
    settings: Settings, dag_ids: tuple[str, ...]
) -> AbstractContextManager[Airflow]:
    """Return the Airflow of a running `aisle ui`, else one that is started for this run."""
    holder = holder_of(settings.root / AIRFLOW_LOCK)
    if holder is not None and holder.command == UI:
        return borrowed_airflow(settings, dag_ids)
    return running_airflow(settings)


@contextmanager
def running_airflow(settings: Settings) -> Iterator[PrivateAirflow]:
    """Yield an Airflow that is coming up; afterwards nothing of it is left running."""
    with held(settings.root / AIRFLOW_LOCK, "aisle run"):
        end_all(str(settings.root))  # what a killed run of this workspace may have left
        port = free_port()
        logs = settings.airflow / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        environment = airflow_environment(settings, port)
        guard = start_guard(["airflow"], environment, logs / "guard.log")
        airflow = PrivateAirflow(guard, airflow_api(settings, port), logs)
        try:
            yield airflow
        finally:
            airflow.stop()
            end_all(str(settings.root))


@contextmanager
def borrowed_airflow(settings: Settings, dag_ids: tuple[str, ...]) -> Iterator[BorrowedAirflow]:
    """Yield the Airflow of `aisle ui`; what a broken-off run left going there is failed."""
    state = read_state(settings)
    refuse_other_settings(state, settings)
    airflow = BorrowedAirflow(airflow_api(settings, state.airflow_port), settings)
    is_ours = False
    try:
        yield airflow
        is_ours = True
    finally:
        if not is_ours:
            airflow.give_up(dag_ids)
        airflow.api.close()


def airflow_api(settings: Settings, port: int) -> AirflowApi:
    """Return the door to the workspace's Airflow at a port of loopback."""
    # trust_env off: a proxy of the environment must not see calls to this machine.
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)
    return AirflowApi(client, USER, workspace_secrets(settings.airflow).password)
