"""One runner per workspace: a file lock that the kernel takes back however its holder ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aisle.core.errors import AisleError


@contextmanager
def only_runner(workspace: Path) -> Iterator[None]:
    """Hold the workspace's runner lock, or refuse naming the process that holds it."""
    workspace.mkdir(parents=True, exist_ok=True)
    path = workspace / "run.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AisleError(_refusal(workspace, path)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _refusal(workspace: Path, path: Path) -> str:
    holder = path.read_text(encoding="utf-8").strip() or "unknown"
    return (
        f"Another `aisle run` (process {holder}) is using the workspace {workspace}. "
        "Wait for it or end it, or choose another workspace with AISLE_HOME."
    )
