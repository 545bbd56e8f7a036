"""Thousands of strange requests: never a 500, and never a good event lost beside a bad one."""

import gzip
import json
import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as tries
from hypothesis import strategies as some

from aisle.collector.app import create_app
from aisle.core.settings import Settings
from tests.integration.collector_process import WRITE_KEY, Collector, running_collector

KEY = (WRITE_KEY, "")
PATHS = ("batch", "b", "track", "page", "screen", "identify", "group", "alias", "t", "p", "i", "g")
EXPECTED = {200, 400, 401, 413}
TRIES = int(os.environ.get("FUZZ_TRIES", "1000"))  # `make verify-collector` makes ten times as many
BODIES, BATCHES, FROM_THE_DOCUMENT = 300, 500, 20
SLOW_IS_FINE: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate, Phase.shrink],
    "database": None,
    "derandomize": True,
}

texts = some.text(max_size=30)
json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | texts,
    lambda inside: some.lists(inside, max_size=4) | some.dictionaries(texts, inside, max_size=4),
    max_leaves=12,
)
identifiers = some.text(
    some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40
).filter(str.strip)
objects = some.dictionaries(
    some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10),
    some.integers(-(2**53), 2**53) | some.booleans() | some.none() | identifiers,
    max_size=5,
)
good_events = some.fixed_dictionaries(
    {
        "type": some.sampled_from(["page", "screen", "identify"]),
        "timestamp": some.sampled_from(
            ["2026-01-05T10:00:00Z", "2026-01-05T10:00:00.123456+02:00"]
        ),
    },
    optional={"userId": identifiers, "properties": objects, "traits": objects, "context": objects},
)


@pytest.fixture
def collector(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("AISLE_WRITE_KEYS", f"web={WRITE_KEY}")
    with TestClient(create_app(Settings()), raise_server_exceptions=False) as client:
        yield client


def _landed(settings: Settings, kind: str) -> list[dict[str, Any]]:
    files = [path for path in (settings.landing / kind).rglob("*") if path.is_file()]
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


def test_no_body_makes_it_fail(collector: TestClient) -> None:
    @tries(max_examples=TRIES // 5 * 2, **SLOW_IS_FINE)
    @given(
        path=some.sampled_from(PATHS),
        body=some.binary(max_size=200)
        | json_values.map(lambda value: json.dumps(value).encode())
        | some.fixed_dictionaries({"batch": json_values}).map(
            lambda body: json.dumps(body).encode()
        ),
        is_packed=some.booleans(),
        headers=some.sampled_from(
            [
                {},
                {"content-type": "text/plain"},
                {"content-encoding": "gzip"},
                {"content-type": "\xff"},
            ]
        ),
    )
    def send(path: str, body: bytes, is_packed: bool, headers: dict[str, str]) -> None:
        content = gzip.compress(body) if is_packed else body
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = collector.post(f"/v1/{path}", content=content, headers=raw, auth=KEY)
        assert answer.status_code in EXPECTED, (answer.status_code, answer.text)
        assert answer.headers["content-type"].startswith("application/json")

    send()


def test_no_good_event_is_lost_beside_bad_ones(collector: TestClient, settings: Settings) -> None:
    good: dict[str, dict[str, Any]] = {}
    elements = 0

    @tries(max_examples=TRIES // 5 * 2, **SLOW_IS_FINE)
    @given(
        batch=some.lists(
            good_events.map(lambda event: ("good", event))
            | some.tuples(some.just("any"), json_values),
            max_size=6,
        )
    )
    def send(batch: list[tuple[str, Any]]) -> None:
        nonlocal elements
        events = []
        for kind, event in batch:
            if kind == "good":
                identified = {"anonymousId": "visitor", **event, "messageId": uuid.uuid4().hex}
                good[identified["messageId"]] = identified
                events.append(identified)
            else:
                events.append(event)
        answer = collector.post("/v1/batch", content=json.dumps({"batch": events}), auth=KEY)
        assert answer.status_code == 200, answer.text
        elements += len(events)

    send()
    collector.__exit__(None, None, None)
    landed = {row["message_id"]: row for row in _landed(settings, "events")}
    refused = _landed(settings, "quarantine")
    assert len(_landed(settings, "events")) + len(refused) == elements
    assert not good.keys() - landed.keys()
    for message_id, event in good.items():
        row = landed[message_id]
        assert (row.get("properties") or {}) == event.get("properties", row.get("properties") or {})
        assert row.get("user_id") == event.get("userId")
    assert all(row["reason"] for row in refused)


def test_nothing_that_its_document_names_makes_it_fail(settings: Settings) -> None:
    with running_collector(settings.root) as process:
        schema = schemathesis.openapi.from_url(f"{process.url}/openapi.json")
        calls = [result.ok() for result in schema.get_all_operations()]
        assert len(calls) > len(PATHS)
        for call in calls:
            _try(call, process)


def _try(call: Any, process: Collector) -> None:
    @tries(max_examples=max(1, TRIES // 100), **SLOW_IS_FINE)
    @given(case=call.as_strategy())
    def send(case: Any) -> None:
        answer = case.call(base_url=process.url, auth=KEY)
        assert answer.status_code < 500, (call.label, answer.status_code, answer.text)

    send()
