"""The address of a sender is kept where the sender is a visitor's device, and truncated."""

import json

import pytest
from fastapi.testclient import TestClient

from aisle.collector.app import create_app
from aisle.core.landing import landed_files
from aisle.core.settings import Settings

KEY = "key-of-the-web-shop"
EVENT = {
    "type": "track",
    "event": "Signed Up",
    "userId": "user-42",
    "messageId": "m-1",
    "timestamp": "2020-01-01T00:00:00Z",
}
VISITOR = ("203.0.113.77", 50000)


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("/v1/batch", None),  # what libraries on servers use
        ("/v1/import", None),
        ("/v1/b", {"ip": "203.0.113.0"}),  # browsers and apps
        ("/v1/t", {"ip": "203.0.113.0"}),
    ],
)
def test_the_address_of_a_server_is_no_visitors(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str, context: object
) -> None:
    monkeypatch.setenv("AISLE_WRITE_KEYS", f"web={KEY}")
    with TestClient(create_app(Settings()), client=VISITOR) as client:
        body = EVENT if path == "/v1/t" else {"batch": [EVENT]}
        assert client.post(path, json=body, auth=(KEY, "")).status_code == 200
    [file] = landed_files(settings.landing, "events")
    assert json.loads(file.read_text()).get("context") == context
