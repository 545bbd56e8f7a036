"""The place an import works in: a DuckDB of its own that may spill to disk, gone afterwards."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

MACROS = Path(__file__).with_name("macros.sql")


@dataclass(frozen=True)
class Scratch:
    """A database for the rows, and a folder for what will land."""

    connection: duckdb.DuckDBPyConnection
    landing: Path


@contextmanager
def scratch(settings: Settings) -> Iterator[Scratch]:
    """Yield the place of one import; whatever a killed one left behind is removed first."""
    with _only_import(settings):
        work = settings.importing / "work"
        shutil.rmtree(work, ignore_errors=True)
        try:
            (work / "landing").mkdir(parents=True)
            database, limits = str(work / "rows.duckdb"), _limits(settings, work)
            with duckdb.connect(database, config=limits) as connection:
                connection.execute("set timezone = 'UTC'")
                connection.execute("set enable_progress_bar = false")
                connection.execute(MACROS.read_text())
                yield Scratch(connection, work / "landing")
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _limits(settings: Settings, work: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": settings.warehouse_memory,
        "threads": settings.warehouse_threads,
        "temp_directory": str(work / "spilled"),
        "preserve_insertion_order": False,  # each row carries its number
    }


@contextmanager
def _only_import(settings: Settings) -> Iterator[None]:
    settings.importing.mkdir(parents=True, exist_ok=True)
    with settings.import_lock.open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AisleError(
                f"Another `aisle import` into {settings.root} is going on: wait until it has "
                "finished. Nothing was imported."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()} aisle import")  # for whoever asks who uses the workspace
        lock.flush()
        yield
