"""Measuring the memory of a process tree."""

import subprocess
import sys

from aisle.runner.memory import MemoryPeak

MEBIBYTE = 1024 * 1024
CHILD = f"block = bytearray({80 * MEBIBYTE}); print('ready', flush=True); input()"


def test_the_peak_counts_a_child_and_stays_after_the_child_is_gone():
    with MemoryPeak(interval_seconds=0.05) as peak:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        before_end = MemoryPeak(interval_seconds=60)
        with before_end:
            pass  # takes one sample
        child.communicate(b"\n")
    assert before_end.bytes > 80 * MEBIBYTE
    assert peak.bytes > 80 * MEBIBYTE
    assert "bytearray" in before_end.describe()
