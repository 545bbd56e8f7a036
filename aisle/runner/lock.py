"""Who uses a workspace: file locks that the kernel takes back however their holder ends.

`run.lock` is held by the one `aisle run`; `airflow.lock` by whoever keeps the workspace's Airflow
(a run of its own, or `aisle ui`), because an SQLite database must have one scheduler;
`importing/lock` by the one `aisle import`. `collector/lock` is shared by all collectors that
land in the workspace.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

log = logging.getLogger(__name__)

RUN_LOCK = "run.lock"
AIRFLOW_LOCK = "airflow.lock"
COLLECT = "aisle collect"
ATTEMPTS = 5  # a look at the lock (`holder_of`) holds it for an instant
PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock, as it wrote itself into the file."""

    process: str
    command: str


@contextmanager
def only_runner(workspace: Path) -> Iterator[None]:
    """Hold the workspace's runner lock, or refuse naming the process that holds it."""
    with held(workspace / RUN_LOCK, "aisle run"):
        yield


@contextmanager
def held(path: Path, command: str) -> Iterator[None]:
    """Hold a lock file while the block runs, or refuse naming the command that holds it."""
    with _locked(path, command, fcntl.LOCK_EX):
        yield


def users_of(settings: Settings) -> list[Holder]:
    """Return everyone who is using a workspace now."""
    locks = (settings.root / RUN_LOCK, settings.root / AIRFLOW_LOCK, settings.import_lock)
    holders = [*map(holder_of, locks), holder_of(settings.collector_lock, is_shared=True)]
    return [holder for holder in holders if holder is not None]


@contextmanager
def collecting(settings: Settings) -> Iterator[None]:
    """Say while the block runs that a collector lands in the workspace; there may be several.

    A collector takes events also where the disk lets it say nothing: that is only logged.
    """
    with ExitStack() as stack:
        if not settings.landing_url:
            try:
                stack.enter_context(_locked(settings.collector_lock, COLLECT, fcntl.LOCK_SH))
            except OSError as error:
                log.warning("`aisle clean` will not notice this collector: %s", error)
        yield


def holder_of(path: Path, *, is_shared: bool = False) -> Holder | None:
    """Return who holds a lock file now, the latest of those that share it; None if nobody does."""
    if not path.exists():
        return None
    with path.open(encoding="utf-8") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if is_shared else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            process, _, command = file.read().strip().partition(" ")
            return Holder(process or "unknown", command or "aisle")
    return None


@contextmanager
def _locked(path: Path, command: str, kind: int) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        if not _lock(file, kind):
            raise AisleError(_refusal(path))
        file.truncate(0)
        file.write(f"{os.getpid()} {command}")
        file.flush()
        yield


def _lock(file: TextIO, kind: int) -> bool:
    for _ in range(ATTEMPTS):
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE_SECONDS)
        else:
            return True
    return False


def _refusal(path: Path) -> str:
    holder = holder_of(path) or Holder("unknown", "aisle")
    return (
        f"Another `{holder.command}` (process {holder.process}) is using the workspace "
        f"{path.parent}. Wait for it or end it, or choose another workspace with AISLE_HOME."
    )
