"""A killed fit goes on after its last whole epoch, and ends as if it had not been killed."""

import logging
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.core.settings import REPOSITORY
from training.dataset import Dataset
from training.models.families import build, family_named
from training.models.neural.checkpoint import checkpoints_in
from training.models.neural.course import Course
from training.split import Task, Truth, pairs

Small = dict[str, dict[str, Any]]
ENOUGH = 25  # epochs: more than fit into the moment between a checkpoint and the kill
PATIENCE_SECONDS = 400


class Killed(Exception):
    """Stands for a kill."""


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every fit die in its fourth epoch."""
    whole = Course._epoch

    def until_the_fourth(self: Course, epoch: int, *rest: Any) -> None:
        if epoch == 4:
            raise Killed
        whole(self, epoch, *rest)

    monkeypatch.setattr(Course, "_epoch", until_the_fourth)


def test_a_process_killed_in_the_middle_of_a_fit_is_resumed_bit_for_bit(
    checkerboard: Dataset, small: Small, tmp_path: Path
) -> None:
    params = {**small["sasrec"], "max_epochs": ENOUGH}
    handed_over = tmp_path / "fit.pickle"
    handed_over.write_bytes(pickle.dumps(("sasrec", params, checkerboard)))
    kept = tmp_path / "kept"

    _kill_after_a_checkpoint(handed_over, kept)

    assert 0 < _epoch_of(kept) < ENOUGH
    with checkpoints_in(kept):
        resumed = build("sasrec", params).fit(checkerboard)
    uninterrupted = build("sasrec", params).fit(checkerboard)
    users = checkerboard.user_ids
    np.testing.assert_array_equal(resumed.score(users), uninterrupted.score(users))


def test_every_family_goes_on_after_its_last_whole_epoch(
    family: str,
    checkerboard: Dataset,
    small: Small,
    tmp_path: Path,
    dying: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with checkpoints_in(tmp_path), pytest.raises(Killed):
        build(family, small[family]).fit(checkerboard)
    monkeypatch.undo()

    with checkpoints_in(tmp_path), caplog.at_level(logging.INFO):
        resumed = build(family, small[family]).fit(checkerboard)

    assert "going on after epoch 3" in caplog.text
    uninterrupted = build(family, small[family]).fit(checkerboard)
    users = checkerboard.user_ids
    np.testing.assert_array_equal(resumed.score(users), uninterrupted.score(users))


def test_a_choice_of_epochs_goes_on_with_what_was_judged(
    checkerboard: Dataset,
    small: Small,
    tmp_path: Path,
    dying: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose, params = family_named("two_tower").choose, {**small["two_tower"], "patience": 99}
    bought = pairs(checkerboard.interactions, checkerboard.shape)
    truths: dict[Task, Truth] = {
        "next": Truth("next", bought, None),
        "discovery": Truth("discovery", bought, None),
    }
    with checkpoints_in(tmp_path), pytest.raises(Killed):
        choose(params, checkerboard, truths)
    monkeypatch.undo()

    with checkpoints_in(tmp_path):
        resumed = choose(params, checkerboard, truths)

    assert resumed == choose(params, checkerboard, truths)
    assert len(resumed[1]) == 2 * params["max_epochs"]


def test_another_parameter_or_dataset_starts_anew(
    checkerboard: Dataset, small: Small, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    params = {**small["neumf"], "max_epochs": 2}
    fewer = checkerboard.interactions.iloc[:-5]
    with checkpoints_in(tmp_path), caplog.at_level(logging.INFO):
        build("neumf", params).fit(checkerboard)
        build("neumf", {**params, "learning_rate": 0.01}).fit(checkerboard)
        build("neumf", params).fit(replace(checkerboard, interactions=fewer))

    assert "going on" not in caplog.text
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_checkpoint_is_told_and_the_fit_starts_anew(
    checkerboard: Dataset, small: Small, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    params = {**small["neumf"], "max_epochs": 2}
    with checkpoints_in(tmp_path):
        whole = build("neumf", params).fit(checkerboard)
        for file in tmp_path.iterdir():
            file.write_bytes(file.read_bytes()[:100])
        again = build("neumf", params).fit(checkerboard)

    assert "is damaged" in caplog.text
    np.testing.assert_array_equal(again.score(["u01"]), whole.score(["u01"]))


def test_without_a_folder_nothing_is_kept(
    checkerboard: Dataset, small: Small, tmp_path: Path
) -> None:
    with checkpoints_in(tmp_path):
        pass
    build("neumf", {**small["neumf"], "max_epochs": 1}).fit(checkerboard)
    assert list(tmp_path.iterdir()) == []


def _kill_after_a_checkpoint(handed_over: Path, kept: Path) -> None:
    command = [sys.executable, str(Path(__file__).with_name("killed_fit.py"))]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*command, str(handed_over), str(kept)], env=environment)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not list(kept.glob("*.pt")) and process.poll() is None:
            assert time.monotonic() < until, "no checkpoint appeared"
            time.sleep(0.05)
        time.sleep(0.2)  # into a later epoch
        assert process.poll() is None, "the fit ended before it could be killed"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _epoch_of(kept: Path) -> int:
    import torch

    (file,) = kept.glob("[!.]*.pt")
    return int(torch.load(file, weights_only=True)["epoch"])
