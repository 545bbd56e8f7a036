import json
import os
from collections.abc import Iterator

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from aisle.core.errors import AisleError
from aisle.core.landing.append import LandingLog, LogOptions
from aisle.core.settings import Settings
from aisle.pipeline.load_raw import load_raw


@pytest.fixture
def bucket(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A workspace whose collectors land in a bucket of a local S3 server."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AISLE_LANDING_URL", "s3://shop/aisle")
    where = {"LocationConstraint": "eu-west-1"}
    boto3.client("s3").create_bucket(Bucket="shop", CreateBucketConfiguration=where)
    yield Settings()
    httpx.post(f"http://{host}:{port}/moto-api/reset")  # its stores outlive the server
    server.stop()


def collect(settings: Settings, kind: str, *records: dict[str, object]) -> None:
    log = LandingLog(settings.landing, kind, "test", LogOptions(url=settings.landing_url))
    for record in records:
        log.append(json.dumps(record).encode() + b"\n", 1).result(30)
    log.close()


def test_what_lies_in_the_bucket_is_loaded_once(bucket: Settings) -> None:
    events = [{"message_id": f"m{n}", "timestamp": "2026-01-02T03:04:05Z"} for n in range(3)]
    refused = {"kind": "events", "reason": "r", "original": "o", "source": "shop"}
    collect(bucket, "events", *events, events[0])
    collect(bucket, "quarantine", refused, refused)
    batch = load_raw(bucket)
    counts = (batch.files, batch.rows_loaded, batch.rows_duplicate, batch.rows_refused)
    assert counts == (6, 3, 1, 2)
    assert load_raw(bucket).files == 0


def test_a_bucket_that_cannot_be_read_loads_nothing(
    bucket: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_LANDING_URL", "s3://elsewhere/aisle")
    with pytest.raises(AisleError, match=r"s3://elsewhere/aisle .*cannot be read"):
        load_raw(Settings())
