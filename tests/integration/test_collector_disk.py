"""A full or read-only disk: 503, nothing acknowledged is lost, and it recovers by itself."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.load_raw import load_raw
from tests.integration.collector_ledger import page_views
from tests.integration.collector_process import WRITE_KEY, Collector, running_collector

DISK_BYTES = 8 * 2**20


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def _may_mount(folder: Path) -> bool:
    try:
        _mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder))
    except (subprocess.CalledProcessError, FileNotFoundError):
        return False
    subprocess.run(["umount", str(folder)], check=True)
    return True


@pytest.fixture
def small_disk(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """The landing zone on a disk of its own."""
    landing = settings.landing
    landing.mkdir(parents=True)
    if not _may_mount(landing):
        pytest.skip("only an administrator may mount a small disk")
    _mount("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(landing))
    try:
        yield landing
    finally:
        subprocess.run(["umount", "--lazy", str(landing)], check=True)


def _send(collector: Collector, acknowledged: set[str]) -> int:
    batch = page_views(100)
    answer = httpx.post(
        f"{collector.url}/v1/batch", json={"batch": batch}, auth=(WRITE_KEY, ""), timeout=30
    )
    if answer.status_code == httpx.codes.OK:
        acknowledged.update(str(event["messageId"]) for event in batch)
    return answer.status_code


def _loaded(settings: Settings) -> list[str]:
    load_raw(settings)
    with reader_connection(settings) as warehouse:
        rows = warehouse.table("raw.events").project("message_id").fetchall()
    return [str(row[0]) for row in rows]


def test_a_full_disk_answers_503_and_recovers(settings: Settings, small_disk: Path) -> None:
    acknowledged: set[str] = set()
    with running_collector(settings.root) as collector:
        statuses = [_send(collector, acknowledged)]
        while statuses[-1] == httpx.codes.OK and len(statuses) < 500:
            statuses.append(_send(collector, acknowledged))
        assert statuses[0] == 200
        assert statuses[-1] == 503
        assert _send(collector, acknowledged) == 503
        assert httpx.get(f"{collector.url}/healthz").status_code == 200
        assert httpx.get(f"{collector.url}/readyz").status_code == 503

        _mount("-o", f"remount,size={4 * DISK_BYTES}", str(small_disk))
        assert _send(collector, acknowledged) == 200
        assert httpx.get(f"{collector.url}/readyz").status_code == 200
        collector.stop()
    loaded = _loaded(settings)
    assert len(loaded) == len(set(loaded))
    assert acknowledged <= set(loaded)


def test_a_read_only_disk_answers_503_and_recovers(settings: Settings, small_disk: Path) -> None:
    acknowledged: set[str] = set()
    with running_collector(settings.root) as collector:
        assert _send(collector, acknowledged) == 200
        # Files that are open for writing forbid the change; an administrator forces it by a bind.
        collector.stop()
        _mount("-o", "remount,ro", str(small_disk))
        collector.start_unready()
        assert _send(collector, acknowledged) == 503
        _mount("-o", "remount,rw", str(small_disk))
        assert _send(collector, acknowledged) == 200
        collector.stop()
    loaded = _loaded(settings)
    assert len(loaded) == len(set(loaded))
    assert acknowledged <= set(loaded)
    assert os.access(small_disk, os.W_OK)
