"""dbt must not outlive the command that started it."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from aisle.pipeline.dbt_process import run_dbt

# A command that starts a dbt which would go on for a minute, and is killed meanwhile.
COMMAND = """
import os, sys
from aisle.pipeline.dbt_process import run_dbt
run_dbt(["debug"], {**os.environ, "PYTHONPATH": sys.argv[1]})
"""
SLOW_DBT = """
import time
def cli(words):
    print("at work", flush=True)
    time.sleep(60)
"""


def test_dbt_ends_when_the_command_that_started_it_is_killed(tmp_path: Path):
    (tmp_path / "dbt" / "cli").mkdir(parents=True)
    (tmp_path / "dbt" / "__init__.py").touch()
    (tmp_path / "dbt" / "cli" / "__init__.py").touch()
    (tmp_path / "dbt" / "cli" / "main.py").write_text(SLOW_DBT)
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert command.stdout is not None
    assert command.stdout.readline() == "at work\n"
    [dbt] = psutil.Process(command.pid).children()
    command.kill()
    command.wait()
    gone, _ = psutil.wait_procs([dbt], timeout=10)
    assert gone == [dbt]


def test_how_dbt_ended_and_what_it_said_come_back():
    ended = run_dbt(["--version"], dict(os.environ), is_captured=True)
    assert ended.returncode == 0
    assert "duckdb" in ended.stdout
    assert run_dbt(["no-such-verb"], dict(os.environ), is_captured=True).returncode != 0
