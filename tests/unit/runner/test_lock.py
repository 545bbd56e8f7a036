"""One runner per workspace."""

import os
from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from aisle.runner.lock import only_runner


def test_a_second_runner_is_refused_and_told_who_holds_the_workspace(tmp_path: Path):
    with (
        only_runner(tmp_path),
        pytest.raises(AisleError, match=f"process {os.getpid()}.*AISLE_HOME"),
        only_runner(tmp_path),
    ):
        pass


def test_a_lock_file_that_a_killed_runner_left_does_not_matter(tmp_path: Path):
    (tmp_path / "run.lock").write_text("4194304")
    with only_runner(tmp_path):
        assert (tmp_path / "run.lock").read_text() == str(os.getpid())


def test_another_workspace_is_free(tmp_path: Path):
    with only_runner(tmp_path / "one"), only_runner(tmp_path / "two"):
        assert (tmp_path / "two" / "run.lock").exists()
