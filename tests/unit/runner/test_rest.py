"""Calling Airflow: what is tried again, what is an error."""

import httpx
import pytest

from aisle.core.errors import AisleError
from aisle.runner.rest import AirflowApi


def _api(*answers: httpx.Response | Exception) -> tuple[AirflowApi, list[httpx.Request]]:
    requests: list[httpx.Request] = []
    remaining = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        result = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(result, Exception):
            raise result
        return result

    client = httpx.Client(base_url="http://airflow", transport=httpx.MockTransport(answer))
    api = AirflowApi(client, "admin", "secret")
    api.pause_seconds = 0
    return api, requests


def test_a_server_error_and_a_lost_connection_are_tried_again():
    api, requests = _api(
        httpx.Response(500),
        httpx.ConnectError("refused"),
        httpx.Response(200, json={"state": "running"}),
    )
    assert api.run_state("load_raw", "run-1") == "running"
    assert len(requests) == 3


def test_a_refusal_is_an_error_that_quotes_the_answer():
    api, requests = _api(httpx.Response(404, text="no such DAG"))
    with pytest.raises(AisleError, match="404 no such DAG"):
        api.trigger("load_raw", "run-1")
    assert len(requests) == 1


def test_a_server_that_stays_broken_is_an_error():
    api, _ = _api(httpx.Response(503, text="starting"))
    with pytest.raises(AisleError, match="503 starting"):
        api.run_state("load_raw", "run-1")


def test_a_pool_that_exists_is_fine():
    api, _ = _api(httpx.Response(409, json={"detail": "exists"}))
    api.create_pool("warehouse", slots=1)


def test_the_token_goes_with_every_later_call():
    api, requests = _api(
        httpx.Response(201, json={"access_token": "t0k3n"}), httpx.Response(200, json={"dags": []})
    )
    api.log_in()
    assert api.dag_ids() == set()
    assert requests[1].headers["Authorization"] == "Bearer t0k3n"


@pytest.mark.parametrize(
    ("answer", "healthy"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.Response(200, text="<html>"), False),
        (httpx.Response(200, json={"metadatabase": {"status": "healthy"}}), False),
        (
            httpx.Response(
                200,
                json={
                    "metadatabase": {"status": "healthy"},
                    "scheduler": {"status": "healthy"},
                    "dag_processor": {"status": "healthy"},
                    "triggerer": {"status": None},
                },
            ),
            True,
        ),
    ],
)
def test_airflow_is_healthy_when_every_component_we_start_is(answer, healthy: bool):
    api, _ = _api(answer)
    assert api.is_healthy() is healthy
