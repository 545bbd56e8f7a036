"""Requests and answers: who may send, what is read, and what 200 stands for."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from aisle.collector import intake
from aisle.collector.app import create_app
from aisle.collector.records import MAX_BATCH_BYTES
from aisle.core.landing import landed_files
from aisle.core.landing.append import LandingLog, LogFailed, LogFull
from aisle.core.settings import Settings
from tests.unit.collector.conftest import viewed

KEY = "key-of-the-shop"
GOOD = viewed(timestamp="2026-03-01T11:59:00Z")


@pytest.fixture
def landing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AISLE_WRITE_KEYS", f"shop={KEY},app=key-of-the-app")
    return settings.landing


@pytest.fixture
def client(landing: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings()), raise_server_exceptions=False) as client:
        yield client


def landed(landing: Path, kind: str = "events") -> list[dict[str, Any]]:
    """Return what lies in the landing zone, also in files that still grow."""
    files = sorted((landing / kind).rglob("*.jsonl*"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_is_on_disk_when_it_is_acknowledged(client: TestClient, landing: Path, path: str):
    answer = client.post(path, json={"batch": [GOOD, {}, 5]}, auth=(KEY, ""))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [event["message_id"] for event in landed(landing)] == ["m-1"]
    assert [bad["reason"] for bad in landed(landing, "quarantine")] == [
        "no type",
        "not a JSON object: 5",
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("t", "track"), ("track", "track"), ("p", "page"), ("i", "identify"), ("screen", "screen")],
)
def test_a_short_form_says_the_type(client: TestClient, landing: Path, path: str, kind: str):
    event = {**GOOD, "writeKey": "key-of-the-app"}
    del event["type"]
    headers = {"Content-Type": "text/plain", "Origin": "https://shop.example"}
    answer = client.post(f"/v1/{path}", content=json.dumps(event), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    [event] = landed(landing)
    assert (event["type"], event["source"]) == (kind, "app")
    assert "key-of-the-app" not in json.dumps(event)


def test_a_batch_of_bad_events_is_safe_and_acknowledged(client: TestClient, landing: Path):
    answer = client.post("/v1/batch", json={"batch": [{}, {}]}, auth=(KEY, ""))
    assert answer.status_code == 200
    assert (len(landed(landing)), len(landed(landing, "quarantine"))) == (0, 2)


def test_gzip_is_read_whether_or_not_it_is_named(client: TestClient, landing: Path):
    body = gzip.compress(json.dumps({"batch": [GOOD], "writeKey": KEY}).encode())
    assert client.post("/v1/batch", content=body).status_code == 200
    named = {"Content-Encoding": "gzip"}
    assert client.post("/v1/batch", content=body, headers=named).status_code == 200
    assert len(landed(landing)) == 2


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"{", {}, 400, "no JSON"),
        (b"", {}, 400, "no JSON"),
        (b"[]", {}, 400, "no JSON object with a list `batch`"),
        (b'{"batch":5}', {}, 400, "list `batch`"),
        (b"\x1f\x8bnothing", {}, 400, "gzip"),
        (b"{}", {"Content-Encoding": "gzip"}, 400, "the body is not"),
        (b"{}", {"Content-Encoding": "br"}, 400, "'br' is not read"),
        (gzip.compress(b"{}" * 100, mtime=0)[:-9], {}, 400, "cut off"),
        (gzip.compress(b" " * (MAX_BATCH_BYTES + 1), mtime=0), {}, 413, "at most 4194304 bytes"),
        (b" " * (MAX_BATCH_BYTES + 1), {}, 413, "at most 4194304 bytes"),
        (b'{"batch":[' + b"1," * 20_000 + b"1]}", {}, 413, "at most 20000 events"),
        (b'{"batch":' + b"[" * 5000 + b"]" * 5000 + b"}", {}, 400, "nested too deep"),
        (b'{"batch":[]}', {"Authorization": "Basic bm9ib2R5Og=="}, 401, "write key"),
        (b'{"batch":[]}', {"Authorization": "Basic ???"}, 401, "write key"),
        (b'{"batch":[]}', {"Authorization": ""}, 401, "write key"),
        (b'{"batch":[],"writeKey":"wrong"}', {"Authorization": ""}, 401, "write key"),
        (b'{"batch":[],"writeKey":["x"]}', {"Authorization": ""}, 401, "write key"),
    ],
)
def test_a_request_is_refused_for_a_reason_that_is_said(
    client: TestClient, landing: Path, body: bytes, headers: dict[str, str], status: int, said: str
):
    known = base64.b64encode(f"{KEY}:".encode()).decode()
    given = {"Authorization": f"Basic {known}", **headers}
    answer = client.post("/v1/batch", content=body, headers=given)
    assert (answer.status_code, answer.json()["success"]) == (status, False)
    assert said in answer.json()["message"]
    assert landed(landing) == []


def test_a_full_queue_asks_to_try_again(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    def full(log: LandingLog, lines: bytes, count: int) -> None:
        raise LogFull(7)

    monkeypatch.setattr(intake.LandingLog, "append", full)
    answer = client.post("/v1/batch", json={"batch": [GOOD]}, auth=(KEY, ""))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize("failing", ["events", "quarantine"])
def test_either_log_that_fails_refuses_the_request(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, failing: str
):
    from concurrent.futures import Future

    class Failing:
        def append(self, lines: bytes, count: int) -> "Future[None]":
            future: Future[None] = Future()
            future.set_exception(LogFailed("no space left"))
            return future

        def close(self) -> None: ...

    logs = client.app.state.collector.intake._logs  # type: ignore[attr-defined]
    monkeypatch.setitem(logs, failing, Failing())
    answer = client.post("/v1/batch", json={"batch": [GOOD, {}]}, auth=(KEY, ""))
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


def test_mixpanel_hears_what_its_clients_look_at(client: TestClient, landing: Path):
    data = {"event": "Product Viewed", "properties": {"token": KEY, "distinct_id": "$device:d"}}
    data["properties"]["product_id"] = "p"  # type: ignore[index]
    encoded = base64.b64encode(json.dumps([data]).encode()).decode()
    for content in ({"data": json.dumps(data)}, {"data": encoded, "verbose": "1"}):
        assert client.post("/track", data=content).json()["status"] == 1
    assert client.get("/track/", params={"data": encoded}).json()["status"] == 1
    assert client.post("/import", json=[data], auth=(KEY, "")).json()["num_records_imported"] == 1
    assert {event["anonymous_id"] for event in landed(landing)} == {"d"}
    refused = client.post("/track", data={"data": json.dumps({"event": "x"})})
    assert (refused.status_code, refused.json()["status"]) == (401, 0)
    assert client.post("/track", content=b"data=%7B").json()["status"] == 0


def test_the_browser_client_is_told_to_send_here(client: TestClient):
    settings = client.get(f"/v1/projects/{KEY}/settings").json()
    assert settings["integrations"]["Segment.io"]["apiHost"] == "testserver/v1"
    assert settings["integrations"]["Segment.io"]["apiKey"] == KEY
    assert client.get("/v1/projects/unknown/settings").status_code == 401


def test_health_and_metrics(client: TestClient, landing: Path):
    body = {"batch": [GOOD, {**GOOD, "properties": {}}]}
    client.post("/v1/batch", json=body, auth=(KEY, ""))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"status": "ready"}
    page = client.get("/metrics").text
    for line in (
        'aisle_collector_events_received_total{source="shop"} 2.0',
        'aisle_collector_events_accepted_total{source="shop"} 1.0',
        'aisle_collector_events_quarantined_total{reason="no product_id",source="shop"} 1.0',
        'aisle_collector_requests_total{status="200"} 1.0',
        'aisle_collector_fsync_seconds_count{log="events"} 1.0',
        'aisle_collector_queue_batches{log="events"} 0.0',
    ):
        assert line in page


def test_the_landing_zone_is_complete_when_it_has_stopped(landing: Path):
    with TestClient(create_app(Settings())) as client:
        client.post("/v1/batch", json={"batch": [GOOD]}, auth=(KEY, ""))
        assert landed_files(landing, "events") == []
    assert len(landed_files(landing, "events")) == 1
