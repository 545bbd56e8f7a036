"""Whose Airflow a run uses: one of its own, or that of a running `aisle ui`."""

import httpx
import pytest

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.runner.airflow_process import BorrowedAirflow, airflow_for_run
from aisle.runner.lock import AIRFLOW_LOCK, held
from aisle.runner.rest import AirflowApi
from aisle.runner.ui_state import write_state

CHAIN = ("load_raw", "build_warehouse")


def _api(runs: list[dict[str, str]], failed: list[str]) -> AirflowApi:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            failed.append(request.url.path)
        return httpx.Response(200, json={"dag_runs": runs})

    return AirflowApi(
        httpx.Client(base_url="http://airflow", transport=httpx.MockTransport(answer)), "u", "p"
    )


def test_while_the_ui_runs_its_airflow_is_used(settings: Settings):
    with held(settings.root / AIRFLOW_LOCK, "aisle ui"):
        write_state(settings, airflow_port=18080)
        with airflow_for_run(settings, CHAIN) as airflow:
            assert isinstance(airflow, BorrowedAirflow)


def test_a_ui_with_other_settings_is_refused_naming_them(settings: Settings):
    with held(settings.root / AIRFLOW_LOCK, "aisle ui"):
        write_state(Settings(threads=2), airflow_port=18080)
        with (
            pytest.raises(AisleError, match="AISLE_THREADS is 1 here and 2 there"),
            airflow_for_run(settings, CHAIN),
        ):
            pass


def test_other_ports_do_not_matter_to_tasks(settings: Settings):
    with held(settings.root / AIRFLOW_LOCK, "aisle ui"):
        write_state(Settings(docs_port=9999, sample_users=5), airflow_port=18080)
        with airflow_for_run(settings, CHAIN):
            pass


def test_a_broken_off_run_fails_what_it_left_going_and_nothing_else(settings: Settings):
    failed: list[str] = []
    runs = [
        {"dag_id": "build_warehouse", "dag_run_id": "asset-1"},
        {"dag_id": "check_quality", "dag_run_id": "nightly"},
    ]
    airflow = BorrowedAirflow(_api(runs, failed), settings)
    with held(settings.root / AIRFLOW_LOCK, "aisle ui"):
        airflow.give_up(CHAIN)
        assert failed == []  # it has not started anything
        airflow.api.trigger("load_raw", "run-1")
        airflow.give_up(CHAIN)
    assert failed == ["/api/v2/dags/build_warehouse/dagRuns/asset-1"]


def test_a_run_whose_ui_has_ended_says_so(settings: Settings):
    airflow = BorrowedAirflow(_api([], []), settings)
    with pytest.raises(AisleError, match="has ended: run again"):
        airflow.check_alive()
