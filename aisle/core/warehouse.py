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


@contextmanager
def writer_connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing. DuckDB allows one process: a second one is refused."""
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
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
        for table in sorted(read_manifest(folder)["tables"]):
            connection.read_parquet(str(folder / f"{table}.parquet")).create_view(table)
        connection.execute("set allowed_directories = $folders", {"folders": [f"{folder}/"]})
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection
    finally:
        connection.close()


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
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return manifest


def run_script(
    connection: duckdb.DuckDBPyConnection, path: Path, parameters: dict[str, Any]
) -> None:
    """Run the statements of a `.sql` file, giving each the parameters that it names."""
    for statement in connection.extract_statements(path.read_text()):
        named = {name: parameters[name] for name in statement.named_parameters}
        connection.execute(statement, named)


def _open(settings: Settings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(
            str(settings.warehouse), read_only=read_only, config=_limits(settings)
        )
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
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
