"""One runner per workspace."""

import os
from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from aisle.runner.lock import Holder, held, holder_of, only_runner


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
        assert (tmp_path / "run.lock").read_text() == f"{os.getpid()} aisle run"


def test_another_workspace_is_free(tmp_path: Path):
    with only_runner(tmp_path / "one"), only_runner(tmp_path / "two"):
        assert (tmp_path / "two" / "run.lock").exists()


def test_who_holds_a_lock_can_be_asked_without_taking_it(tmp_path: Path):
    path = tmp_path / "airflow.lock"
    assert holder_of(path) is None
    with held(path, "aisle ui"):
        assert holder_of(path) == Holder(str(os.getpid()), "aisle ui")
    assert holder_of(path) is None
