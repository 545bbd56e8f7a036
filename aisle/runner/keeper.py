"""Keeps processes running: starts each when it can, and again when it ends, within reason."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aisle.runner.task_log import last_lines

STARTS = 4  # within WITHIN_SECONDS, then a process that keeps ending stays down
WITHIN_SECONDS = 120.0
GRACE_SECONDS = 10.0
LOG_TAIL_LINES = 5


def always() -> bool:
    """Return that nothing has to be there first."""
    return True


@dataclass(frozen=True)
class Service:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    can_start: Callable[[], bool] = field(default=always)


class Keeper:
    """The processes of all services, and what happened to them."""

    def __init__(
        self, services: Sequence[Service], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._services = services
        self._clock = clock
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, list[float]] = {service.name: [] for service in services}
        self._is_down: set[str] = set()

    def look(self) -> list[str]:
        """Start what can start and what has ended; return what there is to tell, a line each."""
        return [line for service in self._services for line in self._look_at(service)]

    def is_running(self, name: str) -> bool:
        """Return whether the process of a service runs now."""
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def is_down(self, name: str) -> bool:
        """Return whether a service ended so often that it is not started any more."""
        return name in self._is_down

    def stop(self) -> None:
        """Ask all processes to end, and make those that do not."""
        running = [process for process in self._processes.values() if process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _look_at(self, service: Service) -> Iterator[str]:
        if self.is_running(service.name) or self.is_down(service.name):
            return
        process = self._processes.get(service.name)
        if process is None:
            if service.can_start():
                self._start(service)
            return
        ended = f"{service.name} ended with exit code {process.returncode}"
        if self._ends_too_often(service.name):
            self._is_down.add(service.name)
            yield f"{ended} again and stays down. {_log_tail(service)}"
            return
        yield f"{ended}; starting it again (log: {service.log})"
        self._start(service)

    def _start(self, service: Service) -> None:
        is_first = not self._started_at[service.name]
        self._started_at[service.name].append(self._clock())
        service.log.parent.mkdir(parents=True, exist_ok=True)
        with service.log.open("wb" if is_first else "ab") as log:
            self._processes[service.name] = subprocess.Popen(
                list(service.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(service.environment),
                start_new_session=True,  # Ctrl-C is for us, who then end them in order
            )

    def _ends_too_often(self, name: str) -> bool:
        since = self._clock() - WITHIN_SECONDS
        return len([at for at in self._started_at[name] if at >= since]) >= STARTS


def _log_tail(service: Service) -> str:
    lines = last_lines(service.log, LOG_TAIL_LINES)
    return "\n  ".join([f"The end of its log {service.log}:", *lines])
