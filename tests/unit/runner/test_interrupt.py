"""Ending politely on SIGTERM."""

import os
import signal

import pytest

from aisle.runner.interrupt import ending_on_terminate


def test_a_request_to_end_runs_the_clean_up_and_says_so_in_the_exit_code():
    cleaned = []
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, ending_on_terminate():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            cleaned.append(True)
    assert ended.value.code == 128 + signal.SIGTERM
    assert cleaned
    assert signal.getsignal(signal.SIGTERM) is before
