"""Which events came with a key that anybody may know: the collector says so, never the client."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from aisle.collector.app import create_app
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.write_keys import server_sources

WEB, BACKEND = "key-of-the-pages", "key-of-the-backend"
KEYS = f"web={WEB},backend={BACKEND}"
ALIAS = {"messageId": "m1", "timestamp": "2026-01-01T00:00:00Z", "previousId": "a", "userId": "b"}
CLAIM = {"source": "backend", "by_public_key": False, "byPublicKey": False}


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("AISLE_WRITE_KEYS", KEYS)
    monkeypatch.setenv("AISLE_SERVER_SOURCES", " backend ,")
    with TestClient(create_app(Settings())) as client:
        yield client


def landed(landing: Path) -> list[dict[str, Any]]:
    files = sorted((landing / "events").rglob("*.jsonl*"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def mixpanel(token: str) -> list[dict[str, Any]]:
    properties = {"token": token, "distinct_id": "a", "alias": "b", "time": 1767225600}
    return [{"event": "$create_alias", "properties": properties}]


@pytest.mark.parametrize(("key", "is_public"), [(WEB, True), (BACKEND, False)])
@pytest.mark.parametrize("claim", [{}, CLAIM])
def test_only_a_key_that_servers_hold_is_not_public(
    client: TestClient, settings: Settings, key: str, is_public: bool, claim: dict[str, Any]
):
    event = {**ALIAS, **claim}
    client.post("/v1/batch", json={"batch": [{**event, "type": "alias"}]}, auth=(key, ""))
    client.post("/v1/batch", json={"batch": [{**event, "type": "alias"}], **claim}, auth=(key, ""))
    client.post("/v1/alias", json=event, auth=(key, ""))
    client.post("/track", json=mixpanel(key))
    found = landed(settings.landing)
    assert [one["type"] for one in found] == ["alias"] * 4
    assert [one.get("by_public_key", False) for one in found] == [is_public] * 4
    assert {one["source"] for one in found} == {"web" if is_public else "backend"}


def test_by_default_every_key_is_public(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AISLE_WRITE_KEYS", KEYS)
    with TestClient(create_app(Settings())) as client:
        client.post("/v1/alias", json=ALIAS, auth=(BACKEND, ""))
    assert [one["by_public_key"] for one in landed(settings.landing)] == [True]


def test_a_source_without_a_key_is_a_clear_message(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AISLE_SERVER_SOURCES", "shop")
    assert server_sources(Settings()) == {"shop"}  # the one whose key is made
    monkeypatch.setenv("AISLE_WRITE_KEYS", KEYS)
    with pytest.raises(AisleError, match=r"AISLE_SERVER_SOURCES names shop, .* of web, backend"):
        server_sources(Settings())
