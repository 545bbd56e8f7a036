"""Looking at settings and the workspace folder."""

import shutil
import socket
import sqlite3
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from aisle.core.settings import Settings
from aisle.doctor import configuration, stores, workspace
from aisle.doctor.findings import State
from aisle.runner.lock import AIRFLOW_LOCK, RUN_LOCK, held


def _only(found):
    (one,) = found
    return one


def test_little_room_warns_and_none_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    for free_gib, expected in ((100, State.ok), (2, State.warn), (0.1, State.fail)):
        usage = SimpleNamespace(free=free_gib * 2**30)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, usage=usage: usage)
        state, text, advice = _only(workspace.room(settings))
        assert state is expected
        assert f"{free_gib:.1f} GiB" in text
        assert (expected is State.ok) or advice


def test_a_misspelt_setting_is_told_with_what_was_meant(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / ".env").write_text("AISLE_HOM=/data\n# AISLE_NOPE=1\nOTHER=1\n")
    monkeypatch.chdir(tmp_path)
    state, text, advice = _only(configuration.settings_names(settings))
    assert state is State.warn
    assert "AISLE_HOM is no setting" in text
    assert "AISLE_HOME" in advice


def test_a_taken_port_names_its_setting(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = Settings(mlflow_port=taken.getsockname()[1], airflow_port=0, docs_port=0)
        found = [one for one in configuration.ports(busy) if "AISLE_MLFLOW_PORT" in one[1]]
    assert _only(found)[0] is State.warn


def test_who_uses_the_workspace_is_named(settings: Settings):
    assert "nobody" in _only(workspace.users(settings))[1]
    with held(settings.root / RUN_LOCK, "aisle run"):
        assert "`aisle run` (process" in _only(workspace.users(settings))[1]


def test_drafts_of_killed_commands_are_told_unless_somebody_is_writing(settings: Settings):
    (settings.importing / "work").mkdir(parents=True)
    states = [state for state, *_ in workspace.users(settings)]
    assert states == [State.ok, State.warn]
    with held(settings.import_lock, "aisle import"):
        assert "`aisle import` (process" in _only(workspace.users(settings))[1]
    (settings.landing / ".incoming-x").mkdir(parents=True)
    assert "2 unfinished folders" in list(workspace.users(settings))[1][1]
    with held(settings.root / AIRFLOW_LOCK, "aisle run"):
        assert [state for state, *_ in workspace.users(settings)] == [State.ok]


def test_an_airflow_of_another_version_and_runs_of_a_kill_are_told(settings: Settings):
    settings.airflow.mkdir(parents=True)
    (settings.airflow / "migrated").write_text("3.0.0")
    with sqlite3.connect(settings.airflow / "airflow.db") as connection:
        connection.execute("create table dag_run (state text)")
        connection.execute("insert into dag_run values ('running'), ('success')")
    texts = [text for _, text, _ in workspace.airflow(settings)]
    assert f"3.0.0, {version('apache-airflow')} is installed" in texts[0]
    assert texts[1].startswith("1 DAG runs look as if they went on")


def test_a_pointer_to_nothing_fails(settings: Settings):
    settings.published.mkdir(parents=True)
    settings.current_marts.symlink_to("gone", target_is_directory=True)
    assert _only(stores.published(settings))[0] is State.fail


def test_an_empty_delivery_is_told(settings: Settings):
    delivered = settings.landing / "events" / "monday.jsonl"
    delivered.parent.mkdir(parents=True)
    delivered.touch()
    assert [state for state, *_ in stores.landing(settings)] == [State.ok, State.warn]


def test_a_damaged_online_store_fails(settings: Settings):
    settings.feast.mkdir(parents=True)
    (settings.feast / "registry.db").write_bytes(b"registry")
    online = settings.feast / "online_store.db"
    online.write_bytes(b"SQLite format 3\0" + b"garbage" * 500)
    with pytest.raises(sqlite3.DatabaseError):
        list(stores.features(settings))


def test_an_mlflow_that_does_not_answer_fails(settings: Settings):
    away = Settings(mlflow_uri="http://127.0.0.1:9")
    assert _only(configuration.mlflow_address(away))[0] is State.fail


def test_a_password_of_mlflow_is_not_told():
    found = _only(configuration.mlflow_address(Settings(mlflow_uri="postgresql://ada:secret@db/m")))
    assert found[:2] == (State.ok, "postgresql://db/m")
