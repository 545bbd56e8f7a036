"""The steps around the chain."""

import io
import json
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from aisle.core.errors import AisleError
from aisle.core.landing import has_landed
from aisle.core.settings import Settings
from aisle.pipeline.sample import DELIVERY_NAME
from aisle.runner import run
from aisle.runner.chain import Task
from aisle.runner.progress import Progress
from aisle.runner.task_log import task_log_path


@pytest.fixture
def progress() -> Progress:
    return Progress(Console(file=io.StringIO()))


def test_a_landing_zone_with_events_is_left_alone(
    settings: Settings, progress: Progress, monkeypatch: pytest.MonkeyPatch
):
    landed = settings.landing / "events" / "mine.jsonl"
    landed.parent.mkdir(parents=True)
    landed.write_text("{}\n")
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: pytest.fail("landed a sample"))
    run.land_sample_if_empty(settings, progress)


def test_an_empty_landing_zone_gets_the_sample(settings: Settings, progress: Progress, monkeypatch):
    monkeypatch.setenv("AISLE_SAMPLE_USERS", "3")
    run.land_sample_if_empty(settings, progress)
    assert has_landed(settings.landing)


@pytest.mark.parametrize("left", ["landing/products/import-1.jsonl.gz", "warehouse/aisle.duckdb"])
def test_the_sample_never_lands_in_the_workspace_of_a_shop(
    settings: Settings, progress: Progress, left: str
):
    path = settings.root / left
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(AisleError, match="import events first"):
        run.land_sample_if_empty(settings, progress)
    assert not has_landed(settings.landing)


def test_a_sample_that_was_killed_while_landing_lands_again(
    settings: Settings, progress: Progress, monkeypatch: pytest.MonkeyPatch
):
    products = settings.landing / "products" / DELIVERY_NAME
    products.parent.mkdir(parents=True)
    products.touch()
    monkeypatch.setenv("AISLE_SAMPLE_USERS", "3")
    run.land_sample_if_empty(settings, progress)
    assert has_landed(settings.landing)


def test_a_failure_names_task_log_tail_and_path(tmp_path: Path):
    task = Task("build_warehouse", "run-1", "check_raw", -1, 1, "", "failed", None, None)
    path = task_log_path(tmp_path, task)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"event": "raw.events: 3 null users"}))
    message = run.describe_failure(tmp_path, task)
    assert "build_warehouse.check_raw failed" in message
    assert "raw.events: 3 null users" in message
    assert str(path) in message


def test_a_task_that_airflow_could_not_start_leads_to_the_scheduler_s_log(tmp_path: Path):
    task = Task("load_raw", "run-1", "load", -1, 1, "", "failed", None, None)
    assert str(tmp_path / "scheduler.log") in run.describe_failure(tmp_path, task)


def test_a_killed_command_left_no_word_so_the_failure_says_what_killed_it(tmp_path: Path):
    task = Task("train_recommender", "run-1", "fit", 0, 1, "blend", "failed", None, None)
    path = task_log_path(tmp_path, task)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"event": "Command exited with return code -9"}))
    message = run.describe_failure(tmp_path, task)
    assert "train_recommender.fit [blend] failed. Its command was killed (signal 9)" in message
    assert "memory runs out" in message


def test_a_killed_sample_is_named_with_the_signal(
    settings: Settings, progress: Progress, monkeypatch: pytest.MonkeyPatch
):
    ended = subprocess.CompletedProcess([], returncode=-9, stdout="", stderr="")
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(AisleError, match=r"`aisle sample` failed. Its command was killed"):
        run.land_sample_if_empty(settings, progress)
