"""The one door to the warehouse file and to the published marts (both through DuckDB)."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from aisle.core.errors import AisleError
from aisle.core.settings import Settings

log = logging.getLogger(__name__)

# What DuckDB says of a file that is not what was written. Its classes do not tell.
DAMAGE = (
    "corrupt",
    "not a valid duckdb database",
    "could not read enough bytes",
    "failed to read file",
    "no magic bytes",
    "decompression failure",
    "don't know what type",  # Parquet's Thrift
)


@contextmanager
def writer_connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing. DuckDB allows one process: a second one is refused."""
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with _warehouse_damage(settings):
        connection = _open(settings, read_only=False)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def reader_connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for reading. Refused while a writer holds it."""
    if not settings.warehouse.exists():
        raise AisleError(
            f"There is no warehouse at {settings.warehouse} yet: run `aisle load-raw` first."
        )
    with _warehouse_damage(settings):
        connection = _open(settings, read_only=True)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def published_connection(
    settings: Settings, folder: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published marts: an in-memory DuckDB with one view per table, and nothing else.

    The pointer is followed once (by the caller who gives the folder), so all tables come from one
    build even if a new one is published meanwhile. Files outside it cannot be read.
    """
    folder = folder or published_folder(settings)
    connection = _prepared(duckdb.connect(":memory:", config=_limits(settings)))
    try:
        with _published_damage(folder):
            for table in sorted(read_manifest(folder)["tables"]):
                _show(connection, folder, table)
            connection.execute("set allowed_directories = $folders", {"folders": [f"{folder}/"]})
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
            yield connection
    finally:
        connection.close()


def is_damage(error: duckdb.Error) -> bool:
    """Return whether DuckDB met a file that is not as it was written."""
    return any(words in str(error).lower() for words in DAMAGE)


def published_folder(settings: Settings) -> Path:
    """Return the folder that `published/current` points at now."""
    if not settings.current_marts.exists():
        raise AisleError(
            f"Nothing is published in {settings.published} yet: run `make run`, "
            "or by hand `aisle fix-ceiling`, `transform`, `check marts` and `publish`."
        )
    return settings.current_marts.resolve()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a published folder: build_id, as_of, tables with their rows."""
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
    except (ValueError, FileNotFoundError) as error:
        raise AisleError(_damaged_marts(path, error)) from error
    return manifest


def run_script(
    connection: duckdb.DuckDBPyConnection, path: Path, parameters: dict[str, Any]
) -> None:
    """Run the statements of a `.sql` file, giving each the parameters that it names."""
    for statement in connection.extract_statements(path.read_text()):
        named = {name: parameters[name] for name in statement.named_parameters}
        connection.execute(statement, named)


def _show(connection: duckdb.DuckDBPyConnection, folder: Path, table: str) -> None:
    path = folder / f"{table}.parquet"
    try:
        connection.read_parquet(str(path)).create_view(table)
    except duckdb.Error as error:
        raise AisleError(_damaged_marts(path, error)) from error


@contextmanager
def _published_damage(folder: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if not is_damage(error):
            raise
        raise AisleError(_damaged_marts(folder, error)) from error


def _damaged_marts(path: Path, error: Exception) -> str:
    return (
        f"The published marts are damaged at {path} ({_first_line(error)}): restore them from a "
        "copy, or publish anew (`make run`, or by hand `aisle publish`)."
    )


@contextmanager
def _warehouse_damage(settings: Settings) -> Iterator[None]:
    """Tell a damaged warehouse as what a person can mend: all of it comes from landed files."""
    try:
        yield
    except duckdb.Error as error:
        if not is_damage(error):
            raise
        raise AisleError(
            f"The warehouse {settings.warehouse} is damaged ({_first_line(error)}): restore it "
            "from a copy, or move it away and run `aisle load-raw`, which loads all of "
            f"{settings.landing} again."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].strip()


def _open(settings: Settings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(
            str(settings.warehouse), read_only=read_only, config=_limits(settings)
        )
    except duckdb.IOException as error:
        # Not "lock" alone: the path that is named may hold that.
        if "could not set lock" not in str(error).lower():
            raise
        raise AisleError(
            f"Another process is writing to {settings.warehouse}; wait until it has finished. "
            f"DuckDB says: {str(error).splitlines()[0]}"
        ) from error
    return _prepared(connection)


def _prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")  # it would be printed into pipes
    return connection


def _limits(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": settings.warehouse_memory,
        "threads": settings.warehouse_threads,
        "preserve_insertion_order": False,
    }
