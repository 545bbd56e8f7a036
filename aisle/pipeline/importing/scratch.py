"""The place an import works in: a DuckDB of its own that may spill to disk, gone afterwards."""

import errno
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FULL_WORDS = ("no space left", "file too large", "max_temp_directory_size", "disk quota")
MACROS = Path(__file__).with_name("macros.sql")


@dataclass(frozen=True)
class Scratch:
    """A database for the rows, and a folder for what will land."""

    connection: duckdb.DuckDBPyConnection
    landing: Path


@contextmanager
def scratch(settings: Settings) -> Iterator[Scratch]:
    """Yield the place of one import; whatever a killed one left behind is removed first."""
    folder = settings.root / "importing"
    with _only_import(settings, folder), _full_disk_told(settings):
        work = folder / "work"
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
def _only_import(settings: Settings, folder: Path) -> Iterator[None]:
    with _full_disk_told(settings):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AisleError(
                f"Another `aisle import` into {settings.root} is going on: wait until it has "
                "finished. Nothing was imported."
            ) from None
        yield


@contextmanager
def _full_disk_told(settings: Settings) -> Iterator[None]:
    """Turn what libraries say about a full disk into one message; other errors pass."""
    try:
        yield
    except (OSError, duckdb.Error, pa.ArrowException) as error:
        number = getattr(error, "errno", None)
        if number not in FULL and not any(word in str(error).lower() for word in FULL_WORDS):
            raise
        raise AisleError(
            f"The disk of {settings.root} is full, so nothing was imported: make room (an import "
            "needs about three times the size of its files, unpacked) and run it again."
        ) from error
