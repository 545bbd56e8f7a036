"""Which processes a run of a workspace started, and how to end them all.

Tasks put their commands into sessions of their own and a kill orphans them, so neither process
group nor parent finds them all. Each carries the workspace in its environment instead.
"""

import os

import psutil

MARK = "AISLE_RUN_WORKSPACE"
GRACE_SECONDS = 8
ROUNDS = 5


def started_for(workspace: str) -> list[psutil.Process]:
    """Return the running processes that carry the workspace's mark, this one left out."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _mark(process) == workspace
    ]


def end_all(workspace: str) -> int:
    """Ask every process of the workspace's run to end, then make it; return how many there were."""
    found = started_for(workspace)
    for process in found:
        _signal(process, force=False)
    psutil.wait_procs(found, timeout=GRACE_SECONDS)
    for _ in range(ROUNDS):
        remaining = started_for(workspace)
        if not remaining:
            break
        for process in remaining:
            _signal(process, force=True)
        psutil.wait_procs(remaining, timeout=1)
    return len(found)


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None  # ended meanwhile, or another user's


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        process.kill() if force else process.terminate()
    except psutil.NoSuchProcess:
        return
