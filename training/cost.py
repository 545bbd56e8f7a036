"""What a rival costs: time, memory and disk."""

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

STATUS = Path("/proc/self/status")
KIB = 1024


@dataclass(frozen=True)
class Cost:
    """Seconds are of wall time; memory is the peak of the whole process that chose, fitted, judged.

    That process also holds the snapshot and the libraries: compare rivals, do not read it as the
    memory of a model.
    """

    choose_seconds: float  # on the validation window, once
    fit_seconds: float  # of one fit: mean over the test windows
    score_seconds: float  # to score and judge all users of one window: mean over windows
    peak_memory_bytes: int
    artifact_bytes: int  # the fitted model's folder


def peak_memory_bytes() -> int:
    """Return the most memory this process has held at once."""
    # On Linux ru_maxrss also remembers the parent a process was forked from; VmHWM does not.
    if STATUS.is_file():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * KIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * KIB


def folder_bytes(folder: Path) -> int:
    """Return the size of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
