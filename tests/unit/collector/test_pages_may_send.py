"""A page of any shop may send to the collector and read what it needs of the answers."""

import pytest
from fastapi.testclient import TestClient

from aisle.collector.app import create_app
from aisle.core.settings import Settings

PAGE = {"Origin": "https://shop.example"}
ASKS = {
    **PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-retry-count",
}


@pytest.mark.parametrize("path", ["/v1/t", "/v1/b", "/track", "/engage/"])
def test_a_page_may_send_and_say_who_it_is(settings: Settings, path: str) -> None:
    with TestClient(create_app(settings)) as client:
        answer = client.options(path, headers=ASKS)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", PAGE["Origin"])
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "x-retry-count"} <= {one.strip() for one in allowed.split(",")}


def test_a_page_may_read_a_refusal_and_how_long_to_wait(settings: Settings) -> None:
    with TestClient(create_app(settings)) as client:
        answer = client.post("/v1/t", headers=PAGE, json={"type": "track"})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", PAGE["Origin"])
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
