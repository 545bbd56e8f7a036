"""Looks into the stores: landing zone, warehouse, published marts, features, MLflow, champion."""

import contextlib
import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from aisle.core.landing import KINDS, landed_files
from aisle.core.settings import Settings
from aisle.core.warehouse import published_folder, read_manifest, reader_connection
from aisle.doctor.findings import State, fail, ok, warn

WAREHOUSE_SQL = Path(__file__).with_name("warehouse.sql")
NOT_YET = "nothing yet; `make run` or `aisle import` brings it"
SQLITE = "sqlite:///"


def landing(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Count the files of the landing zone."""
    files = {kind: landed_files(settings.landing, kind) for kind in KINDS}
    if not any(files.values()):
        yield ok(NOT_YET)
        return
    empty = [path for paths in files.values() for path in paths if not path.stat().st_size]
    yield ok(", ".join(f"{len(paths)} files of {kind}" for kind, paths in files.items()))
    for path in empty:
        yield warn(f"{path} is empty", "Deliver it again or remove it.")


def bucket(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look into the bucket that collectors land in, if there is one."""
    from aisle.core.landing.bucket import days_in, shown

    if not settings.landing_url:
        yield ok("none: collectors land in the folder")
        return
    yield ok(f"{days_in(settings.landing_url)} days of events in {shown(settings.landing_url)}")


def warehouse(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Open the warehouse for reading and count what was loaded."""
    if not settings.warehouse.exists():
        yield ok(NOT_YET)
        return
    size = settings.warehouse.stat().st_size / 2**20
    with reader_connection(settings) as connection:
        found = connection.execute(WAREHOUSE_SQL.read_text(encoding="utf-8")).fetchall()
    rows, last = found[0] if found else (0, None)
    yield ok(f"{rows:,} rows loaded, the last batch at {last}; {size:.0f} MiB")


def published(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Compare the published tables with their manifest."""
    if not settings.current_marts.is_symlink():
        yield ok(NOT_YET)
        return
    if not settings.current_marts.exists():
        text = f"{settings.current_marts} leads to nothing"
        yield fail(text, "Publish again: `make run`.")
        return
    folder = published_folder(settings)
    manifest = read_manifest(folder)
    wrong = [
        f"{table}.parquet has {found} rows, {expected['rows']} are listed"
        for table, expected in manifest["tables"].items()
        if (found := _rows(folder / f"{table}.parquet")) != expected["rows"]
    ]
    if wrong:
        yield fail("; ".join(wrong), "The folder was changed by hand: publish again, `make run`.")
    else:
        yield ok(f"{len(manifest['tables'])} tables as of {manifest['as_of']} in {folder.name}")


def features(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at Feast's registry and at the online store."""
    registry, online = settings.feast / "registry.db", settings.feast / "online_store.db"
    if not registry.exists():
        yield ok(NOT_YET)
        return
    if not registry.stat().st_size:
        yield fail(f"{registry} is empty", "`aisle apply-features` writes it again.")
        return
    if not online.exists():
        text = "views are registered and nothing is online"
        yield warn(text, "`aisle materialize-features` brings the newest features online.")
        return
    with _reading(online) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        count = len(tables.fetchall())
        (state,) = connection.execute("pragma quick_check(1)").fetchone()
    if state != "ok":
        advice = f"Remove {online}, then `aisle materialize-features`."
        yield fail(f"the online store is damaged: {state}", advice)
    else:
        yield ok(f"{count} views online")


def mlflow(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at MLflow's own database, if it is in the workspace."""
    if settings.mlflow_uri or not settings.mlflow_database.exists():
        yield ok("elsewhere" if settings.mlflow_uri else NOT_YET)
        return
    with _reading(settings.mlflow_database) as connection:
        (state,) = connection.execute("pragma quick_check(1)").fetchone()
        (revision,) = connection.execute("select version_num from alembic_version").fetchone()
    if state != "ok":
        yield fail(f"{settings.mlflow_database} is damaged: {state}", "Restore it from a copy.")
    elif revision != (expected := _newest_revision()):
        text = f"schema {revision}, the installed MLflow needs {expected}"
        advice = f"Copy it, then `mlflow db upgrade {SQLITE}{settings.mlflow_database}`."
        yield fail(text, advice)
    else:
        yield ok(f"schema {revision}, as the installed MLflow needs it")


def champion(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Load the champion, which compares its files with their checksums."""
    from aisle.serving.registry import champion_version, load_champion

    with _in_a_folder_of_its_own():  # MLflow makes `mlruns` where it happens to be
        version = champion_version(settings)
        if version is None:
            yield ok("none yet; `make run` trains one")
            return
        try:
            load_champion(settings, version)
        except Exception as error:  # whatever a damaged file makes of loading it
            text = f"version {version} does not load: {_last_line(error)}"
            yield fail(text, "`aisle rollback`, or restore the file from a copy.")
            return
    yield ok(f"version {version} loads")


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _in_a_folder_of_its_own() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="aisle-doctor-") as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _rows(path: Path) -> int | None:
    return pq.ParquetFile(path).metadata.num_rows if path.is_file() else None


def _newest_revision() -> str:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from mlflow.store import db_migrations

    logging.getLogger("alembic").setLevel(logging.ERROR)  # it tells of each of its parts
    config = Config()
    config.set_main_option("script_location", str(Path(db_migrations.__file__).parent))
    return str(ScriptDirectory.from_config(config).get_current_head())


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
