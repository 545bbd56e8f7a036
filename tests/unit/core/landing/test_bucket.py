import json
import os
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from fastapi.testclient import TestClient
from moto.server import ThreadedMotoServer

from aisle.collector.app import create_app
from aisle.core.errors import AisleError
from aisle.core.landing import bucket, landed_files
from aisle.core.landing.append import LandingLog, LogFailed, LogOptions
from aisle.core.landing.bucket import BucketProbe, fetch
from aisle.core.settings import Settings
from aisle.doctor import stores
from aisle.doctor.findings import Check, State, examine

SOON = 60
URL = "s3://shop/aisle"
OLD = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """An empty bucket that fsspec finds by the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client = boto3.client("s3")
    client.create_bucket(
        Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    yield client
    for name in names(client):
        client.delete_object(Bucket="shop", Key=name)
    client.delete_bucket(Bucket="shop")


def names(client: object) -> list[str]:
    found = client.list_objects_v2(Bucket="shop").get("Contents", [])  # type: ignore[attr-defined]
    return [one["Key"] for one in found]


def line(number: int) -> bytes:
    return json.dumps({"message_id": f"m{number}"}).encode() + b"\n"


def put(landing: Path, *numbers: int, kind: str = "events", now: float = OLD) -> None:
    log = LandingLog(landing, kind, "test", LogOptions(url=URL, clock=lambda: now))
    for number in numbers:
        log.append(line(number), 1).result(SOON)
    log.close()


def fetched(landing: Path, kind: str = "events") -> list[str]:
    texts = [path.read_text() for path in landed_files(landing, kind)]
    return [json.loads(one)["message_id"] for text in texts for one in text.splitlines()]


def test_lines_are_in_the_bucket_before_they_are_acknowledged(
    tmp_path: Path, store: object
) -> None:
    log = LandingLog(tmp_path, "events", "test", LogOptions(url=URL, clock=lambda: OLD))
    for number in range(3):
        log.append(line(number), 1).result(SOON)
        assert len(names(store)) == number + 1
    log.close()
    assert {name.rpartition("/")[0] for name in names(store)} == {
        "aisle/events/collector/date=2026-01-02/hour=03"
    }
    assert list(tmp_path.rglob("*.jsonl*")) == []


def test_each_object_is_fetched_once(tmp_path: Path, store: object) -> None:
    now = datetime.now(UTC).timestamp()
    put(tmp_path, 1, 2, now=now)
    put(tmp_path, 7, kind="quarantine", now=now)
    assert fetch(URL, tmp_path) == 3
    assert fetch(URL, tmp_path) == 0
    put(tmp_path, 3, now=now)
    assert fetch(URL, tmp_path) == 1
    assert fetched(tmp_path) == ["m1", "m2", "m3"]
    assert fetched(tmp_path, "quarantine") == ["m7"]
    assert list(tmp_path.rglob(".fetched-*")) == []


def test_days_long_past_are_listed_no_more(tmp_path: Path, store: object) -> None:
    put(tmp_path, 1)
    assert fetch(URL, tmp_path) == 1
    put(tmp_path, 2)
    assert fetch(URL, tmp_path) == 0
    put(tmp_path, 3, now=datetime.now(UTC).timestamp())
    assert fetch(URL, tmp_path) == 1
    assert sorted(fetched(tmp_path)) == ["m1", "m3"]


def test_a_kill_while_fetching_leaves_whole_files_and_the_rest_for_later(
    tmp_path: Path, store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, 1, 2, 3)
    rename = os.rename
    renamed: list[object] = []

    def die_at_second(source: str, target: Path) -> None:
        if renamed:
            raise KeyboardInterrupt
        renamed.append(target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", die_at_second)
    with pytest.raises(KeyboardInterrupt):
        fetch(URL, tmp_path)
    monkeypatch.setattr(os, "rename", rename)
    assert fetched(tmp_path) == ["m1"]
    assert fetch(URL, tmp_path) == 2
    assert fetched(tmp_path) == ["m1", "m2", "m3"]


def test_many_objects_come_in_groups(
    tmp_path: Path, store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "OBJECTS_AT_ONCE", 3)
    put(tmp_path, *range(8))
    assert fetch(URL, tmp_path) == 8
    assert fetched(tmp_path) == [f"m{number}" for number in range(8)]


@pytest.mark.parametrize(
    "key",
    [
        "events/collector/date=2026-01-02/hour=03/../../../../../out.jsonl",
        "events/collector/date=2026-01-02/hour=03/.hidden.jsonl",
        "events/collector/date=2026-01-02/hour=03/a.jsonl.tmp",
        "events/collector/date=2026-01-02/a.jsonl",
        "events/collector/elsewhere/a.jsonl",
        "events/elsewhere.jsonl",
    ],
)
def test_other_objects_are_left_alone(tmp_path: Path, store: object, key: str) -> None:
    store.put_object(Bucket="shop", Key=f"aisle/{key}", Body=line(1))  # type: ignore[attr-defined]
    assert fetch(URL, tmp_path / "landing") == 0
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_an_empty_bucket_is_nothing_new(tmp_path: Path, store: object) -> None:
    assert fetch(URL, tmp_path) == 0


def test_a_bucket_that_is_not_there_is_a_clear_message(tmp_path: Path, store: object) -> None:
    with pytest.raises(AisleError, match="AISLE_LANDING_URL"):
        fetch("s3://elsewhere/aisle", tmp_path)


def test_a_bucket_that_fails_fails_the_append_and_the_next_one_succeeds(
    tmp_path: Path, store: object
) -> None:
    log = LandingLog(tmp_path, "events", "test", LogOptions(url=URL))
    store.delete_bucket(Bucket="shop")  # type: ignore[attr-defined]
    with pytest.raises(LogFailed, match="shop"):
        log.append(line(1), 1).result(SOON)
    store.create_bucket(  # type: ignore[attr-defined]
        Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    log.append(line(2), 1).result(SOON)
    log.close()
    assert len(names(store)) == 1


def test_an_unknown_kind_of_url_is_a_clear_message(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match=r"nowhere://x.*fsspec package"):
        fetch("nowhere://x", tmp_path)


def test_nobody_at_the_address_is_a_clear_message(
    tmp_path: Path, store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(AisleError, match="credentials"):
            fetch(URL, tmp_path)


def test_a_probe_says_whether_the_bucket_can_be_written(store: object) -> None:
    probe = BucketProbe(URL)
    assert probe.trouble() is None
    assert probe.trouble() is None
    assert names(store) == ["aisle/ready"]
    told = BucketProbe("s3://elsewhere/aisle").trouble()
    assert told and told.startswith("s3://elsewhere/aisle (AISLE_LANDING_URL) cannot be written")
    assert "credentials (AWS_… variables)" in told


def test_a_store_that_does_not_answer_holds_no_probe_up(
    store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        probe = BucketProbe(URL, seconds=0.2)
        threads = threading.active_count()
        for _ in range(3):
            assert "no answer within 0.2 s" in (probe.trouble() or "")
        assert threading.active_count() <= threads + 2  # the one question, and fsspec's own thread


def test_the_collector_and_the_doctor_look_at_the_bucket(
    store: object, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AISLE_LANDING_URL", URL)
    put(tmp_path, 1)
    with TestClient(create_app(Settings())) as client:
        assert is_ready_at_last(client)
        assert "1 days of events in s3://shop/aisle" in looked()[1]
        for name in names(store):
            store.delete_object(Bucket="shop", Key=name)  # type: ignore[attr-defined]
        store.delete_bucket(Bucket="shop")  # type: ignore[attr-defined]
        answer = client.get("/readyz")
        state, text = looked()
        store.create_bucket(  # type: ignore[attr-defined]
            Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        assert is_ready_at_last(client)
    assert answer.status_code == 503
    assert "AISLE_LANDING_URL" in answer.json()["reason"]
    assert state is State.fail and "AISLE_LANDING_URL" in text


def is_ready_at_last(client: TestClient) -> bool:
    """Ask again, as a probe does: on a busy machine the store's first answers come too late."""
    return any(client.get("/readyz").status_code == 200 for _ in range(10))


def looked() -> tuple[State, str]:
    """Return what `aisle doctor` says of the bucket."""
    [found] = examine(Settings(), [Check("bucket", stores.bucket)])
    return found.state, found.text


def test_a_secret_in_the_address_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(AisleError) as told:
        fetch("nowhere://name:secret@bucket/x", tmp_path)
    assert "secret" not in str(told.value)


def test_a_full_local_disk_is_not_taken_for_the_bucket_s_fault(
    tmp_path: Path, store: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    put(tmp_path, 1)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        fetch(URL, tmp_path)
