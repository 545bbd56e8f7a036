"""What happens to the database before Airflow starts."""

import sqlite3
from pathlib import Path

import pytest

from aisle.runner.airflow_database import fail_leftovers

TABLES = """
create table dag_run (run_id text, state text, end_date text);
create table task_instance (run_id text, state text, end_date text);
create table job (id integer, state text, end_date text);
create table asset_dag_run_queue (asset_id integer);
insert into dag_run values ('killed', 'running', null), ('done', 'success', '2026');
insert into task_instance values ('killed', 'running', null), ('killed', 'queued', null),
    ('killed', null, null), ('done', 'success', '2026'), ('done', 'skipped', '2026');
insert into job values (1, 'running', null), (2, 'success', '2026');
insert into asset_dag_run_queue values (1);
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "airflow.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(TABLES)
    return path


def _rows(database: Path, query: str) -> list[tuple]:
    with sqlite3.connect(database) as connection:
        return connection.execute(query).fetchall()


def test_what_a_killed_run_left_unfinished_is_marked_failed(database: Path):
    fail_leftovers(database)
    assert _rows(database, "select run_id, state from dag_run order by 1") == [
        ("done", "success"),
        ("killed", "failed"),
    ]
    states = _rows(database, "select state from task_instance where run_id = 'killed'")
    assert sorted(str(state) for (state,) in states) == ["None", "failed", "failed"]
    assert _rows(database, "select state from job order by id") == [("failed",), ("success",)]


def test_what_had_finished_keeps_its_state_and_time(database: Path):
    fail_leftovers(database)
    done = _rows(database, "select state, end_date from task_instance where run_id = 'done'")
    assert sorted(done) == [("skipped", "2026"), ("success", "2026")]


def test_an_asset_event_on_its_way_starts_no_second_chain(database: Path):
    fail_leftovers(database)
    assert _rows(database, "select * from asset_dag_run_queue") == []
