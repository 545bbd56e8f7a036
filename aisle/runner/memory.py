"""The peak memory of a process and everything it started, as the sum of PSS.

PSS counts a page shared by n processes as 1/n in each, so the sum is what the machine gave.
"""

import os
import threading
import time
from types import TracebackType
from typing import Self

import psutil

INTERVAL_SECONDS = 1.0
MEBIBYTE = 1024 * 1024


class MemoryPeak:
    """Samples a process tree in the background while its `with` block runs."""

    def __init__(self, pid: int | None = None, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._pid = pid or os.getpid()
        self._interval_seconds = interval_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_ended, daemon=True)
        self._started_at = time.monotonic()
        self.bytes = 0
        self.at_seconds = 0.0
        self.processes: list[tuple[int, str]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def describe(self) -> str:
        """Return the peak and the processes that made it, largest first."""
        largest = sorted(self.processes, reverse=True)
        lines = [f"{size / MEBIBYTE:7.0f} MiB  {name}" for size, name in largest]
        total = f"Peak memory (sum of PSS): {self.bytes / MEBIBYTE:.0f} MiB"
        return "\n".join([f"{total}, {self.at_seconds:.0f} s after the start", *lines])

    def _sample_until_ended(self) -> None:
        while True:
            processes = tree_memory(self._pid)
            total = sum(size for size, _ in processes)
            if total > self.bytes:
                self.bytes, self.processes = total, processes
                self.at_seconds = time.monotonic() - self._started_at
            if self._ended.wait(self._interval_seconds):
                return


def tree_memory(pid: int) -> list[tuple[int, str]]:
    """Return PSS in bytes and command line of a process and of all its descendants."""
    measured = []
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        try:
            measured.append((process.memory_full_info().pss, " ".join(process.cmdline())[:100]))
        except psutil.Error:
            continue  # it ended between being listed and being read
    return measured
