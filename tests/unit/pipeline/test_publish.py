import threading
from datetime import datetime
from pathlib import Path

import pytest

from aisle.core.builds import BuildPlan, build_folder, built_by, write_plan
from aisle.core.errors import AisleError
from aisle.core.files import write_json, write_text
from aisle.core.publications import PUBLICATIONS_KEPT
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, read_manifest, writer_connection
from aisle.pipeline.publish import publish
from aisle.pipeline.query import query


def build(settings: Settings, build_id: str, *, passed: bool = True, users: int = 2) -> None:
    with writer_connection(settings) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            "create or replace table marts.dim_users as "
            f"select i::varchar as user_id from range({users}) as t(i)"
        )
    write_plan(settings, BuildPlan(build_id, 1, datetime(2026, 1, 1)))
    write_text(built_by(settings), build_id)
    write_json(build_folder(settings, build_id) / "checks" / "marts.json", {"passed": passed})


def user_count(settings: Settings) -> int:
    count = query(settings, "select count(*) from dim_users", raw=False).rows[0][0]
    assert isinstance(count, int)
    return count


def test_published_tables_are_what_the_checked_build_made(settings: Settings) -> None:
    build(settings, "b1", users=3)
    folder = publish(settings, "b1")
    assert read_manifest(folder)["tables"] == {"dim_users": {"rows": 3}}
    assert user_count(settings) == 3


def test_marts_that_failed_their_checks_are_not_published(settings: Settings) -> None:
    build(settings, "b1", users=3)
    publish(settings, "b1")
    build(settings, "b2", passed=False, users=9)
    with pytest.raises(AisleError, match="failed their checks"):
        publish(settings, "b2")
    assert user_count(settings) == 3


def test_a_build_that_passed_cannot_publish_the_marts_of_a_later_one(settings: Settings) -> None:
    build(settings, "b1", users=3)
    build(settings, "b2", passed=False, users=9)
    with pytest.raises(AisleError, match="holds marts of b2, not of b1"):
        publish(settings, "b1")


def test_unchecked_marts_are_not_published(settings: Settings) -> None:
    write_plan(settings, BuildPlan("b1", 1, datetime(2026, 1, 1)))
    write_text(built_by(settings), "b1")
    with pytest.raises(AisleError, match="aisle check marts --build b1"):
        publish(settings, "b1")


def test_a_reader_keeps_its_build_while_a_new_one_is_published(settings: Settings) -> None:
    build(settings, "b1", users=3)
    publish(settings, "b1")
    with published_connection(settings) as connection:
        build(settings, "b2", users=9)
        publish(settings, "b2")
        row = connection.execute("select count(*) from dim_users").fetchone()
        assert row == (3,)
    assert user_count(settings) == 9


def test_old_publications_go_and_the_current_one_stays(settings: Settings) -> None:
    for number in range(PUBLICATIONS_KEPT + 2):
        build(settings, f"b{number}")
        publish(settings, f"b{number}")
    kept = [path.name for path in settings.published.iterdir() if not path.is_symlink()]
    assert len(kept) == PUBLICATIONS_KEPT
    assert settings.current_marts.resolve().name in kept


def test_publishing_a_build_again_moves_the_pointer_to_a_new_folder(settings: Settings) -> None:
    build(settings, "b1")
    first, second = publish(settings, "b1"), publish(settings, "b1")
    assert first != second
    assert settings.current_marts.resolve() == second


def test_questions_cannot_read_other_files(settings: Settings, tmp_path: Path) -> None:
    build(settings, "b1")
    publish(settings, "b1")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(AisleError, match="cannot answer"):
        query(settings, f"select * from read_csv('{secret}')", raw=False)
    with pytest.raises(AisleError, match="cannot answer"):
        query(settings, f"copy dim_users to '{tmp_path / 'out.csv'}'", raw=False)


def test_a_second_process_that_wants_to_write_is_told_who_is_there(settings: Settings) -> None:
    import subprocess
    import sys

    hold = (
        "import duckdb, sys\n"
        f"c = duckdb.connect({str(settings.warehouse)!r})\n"
        "print('open', flush=True); sys.stdin.read()\n"
    )
    settings.warehouse.parent.mkdir(parents=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    stop = threading.Timer(60, holder.kill)
    stop.start()
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    try:
        with (
            pytest.raises(AisleError, match="Another process is writing"),
            writer_connection(settings),
        ):
            pass
    finally:
        holder.communicate("")
        stop.cancel()
