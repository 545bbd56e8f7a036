"""A real `aisle collect` on a free loopback port, that can be stopped, killed and started again."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

WRITE_KEY = "key-of-the-web-shop"
SOURCE = "web"
START_SECONDS = 60
STOP_SECONDS = 30
ACCEPTED = re.compile(r"^aisle_collector_events_accepted_total\{.*\} (\S+)$", flags=re.MULTILINE)


class Collector:
    """The collector of one workspace, always at the same address."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.log = home.parent / "collector.log"
        self._environment = {
            **os.environ,
            "AISLE_HOME": str(home),
            "AISLE_COLLECTOR_PORT": str(self.port),
            "AISLE_WRITE_KEYS": f"{SOURCE}={WRITE_KEY}",
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and return once it says that it is ready."""
        self._start("readyz")

    def start_unready(self) -> None:
        """Start it and return once it answers, whether or not it can take events."""
        self._start("healthz")

    def _start(self, awaited: str) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("aisle"), "collect"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(awaited):
            assert self._process.poll() is None, f"it ended by itself:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"not ready:\n{self.log.read_text()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, as an operator does, and wait until it has."""
        if self._process is not None:
            self._process.terminate()
            code = self._process.wait(STOP_SECONDS)
            self._process = None
            assert code in (0, -signal.SIGTERM), f"ended with {code}:\n{self.log.read_text()}"

    def kill(self) -> None:
        """End it and its children at once, as a power cut does."""
        if self._process is not None:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None

    def accepted(self) -> int:
        """Return how many events it says that it has kept."""
        page = httpx.get(f"{self.url}/metrics", timeout=5, trust_env=False).text
        return int(sum(map(float, ACCEPTED.findall(page))))

    def _answers(self, awaited: str) -> bool:
        try:
            return httpx.get(f"{self.url}/{awaited}", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def running_collector(home: Path) -> Iterator[Collector]:
    """Yield a collector that is ready; nothing of it is left afterwards."""
    collector = Collector(home)
    try:
        collector.start()
        yield collector
    finally:
        collector.kill()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
