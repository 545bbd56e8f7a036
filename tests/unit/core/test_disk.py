"""A full disk is recognised in whoever's error, and told in one message."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from aisle.core.disk import describe_disk_full, is_disk_full, require_room
from aisle.core.errors import AisleError

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/aisle/part.parquet")
TMPFS = "mount -t tmpfs -o size=1m tmpfs {folder} && {aisle} sample --users 50"


def _caused_by_full_disk() -> Exception:
    try:
        try:
            raise FULL
        except OSError as error:
            raise RuntimeError("could not log the model") from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        sqlite3.OperationalError("database or disk is full"),
        duckdb.IOException('Could not write file "x": No space left on device'),
        _caused_by_full_disk(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_full_disk_is_recognised(error: Exception):
    assert is_disk_full(error)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "denied"), ValueError("5 full boxes")])
def test_other_errors_are_not_taken_for_it(error: Exception):
    assert not is_disk_full(error)


def test_the_message_says_where_how_much_and_what_to_do(tmp_path: Path):
    message = describe_disk_full(FULL, tmp_path)
    for words in ("/data/aisle/part.parquet", "MiB free", "AISLE_HOME", "run it again"):
        assert words in message


def test_a_run_is_refused_before_it_starts_on_a_disk_as_good_as_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    require_room(tmp_path / "not" / "there" / "yet")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50 * 2**20))
    with pytest.raises(AisleError, match="Only 50 MiB are free"):
        require_room(tmp_path)


def _can_mount() -> bool:
    try_it = ["unshare", "-Urm", "true"]
    return bool(shutil.which("unshare")) and subprocess.run(try_it, check=False).returncode == 0


@pytest.mark.skipif(not _can_mount(), reason="this machine lets nobody mount a small disk")
def test_a_command_on_a_really_full_disk_says_so_and_leaves_no_delivery(tmp_path: Path):
    aisle = Path(sys.executable).with_name("aisle")
    script = TMPFS.format(folder=tmp_path, aisle=aisle) + f" || find {tmp_path} -type f"
    ended = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script],
        env={**os.environ, "AISLE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "The disk is full at" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""  # `find` saw no file: nothing half-written
