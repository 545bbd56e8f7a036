"""`aisle doctor` and `aisle clean` as commands."""

import json
import subprocess
import sys
from pathlib import Path

from aisle.core.settings import Settings
from aisle.runner.lock import RUN_LOCK, held


def aisle(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("aisle")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def test_an_empty_workspace_is_well_and_nothing_is_written(settings: Settings, tmp_path: Path):
    ended = aisle("doctor", "--json", cwd=tmp_path)
    states = {one["area"]: one["state"] for one in json.loads(ended.stdout)}
    assert (ended.returncode, states["champion"]) == (0, "ok"), ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_exit_1_with_advice(settings: Settings, tmp_path: Path):
    settings.warehouse.parent.mkdir(parents=True)
    settings.warehouse.write_bytes(b"no database" * 1000)
    ended = aisle("doctor", cwd=tmp_path)
    assert ended.returncode == 1
    assert "fail warehouse" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_clean_removes_a_workspace_and_only_that(settings: Settings, tmp_path: Path):
    (settings.landing / "events").mkdir(parents=True)
    (tmp_path / "mine.txt").touch()
    assert aisle("clean", cwd=tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert "There is nothing at" in aisle("clean", cwd=tmp_path).stdout


def test_clean_refuses_while_a_run_is_going(settings: Settings, tmp_path: Path):
    settings.landing.mkdir(parents=True)
    with held(settings.root / RUN_LOCK, "aisle run"):
        ended = aisle("clean", cwd=tmp_path)
    assert (ended.returncode, settings.landing.exists()) == (1, True)
    assert "`aisle run` (process" in ended.stderr
