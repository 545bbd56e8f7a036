"""Publish audited marts: export them as Parquet beside the old ones, then move the pointer."""

import json
import logging
from pathlib import Path

import duckdb

from aisle.core.builds import BuildPlan, built_by, built_with, marts_verdict, read_plan
from aisle.core.clock import wall_clock
from aisle.core.errors import AisleError
from aisle.core.files import new_folder, point_to, write_json
from aisle.core.publications import free_folder, remove_old
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection

log = logging.getLogger(__name__)

SQL = Path(__file__).parent


def publish(settings: Settings, build_id: str) -> Path:
    """Export the build's marts to `published/<build>/` and point `published/current` at it.

    Refused unless the marts passed their checks. Readers that are at work keep their folder:
    the last few publications stay.
    """
    plan = read_plan(settings, build_id)
    _require_own_marts(settings, build_id)
    _require_passed_checks(settings, build_id)
    target = free_folder(settings.published, build_id)
    with new_folder(target) as folder:
        tables = _export(settings, folder)
        write_json(folder / "manifest.json", _manifest(settings, plan, tables))
    point_to(settings.current_marts, target)
    remove_old(settings.published)
    log.info("published %s: %s", target.name, tables)
    return target


def _require_own_marts(settings: Settings, build_id: str) -> None:
    """All builds share the warehouse's tables: publish them only while they are this build's."""
    stamp = built_by(settings)
    builder = stamp.read_text() if stamp.exists() else None
    if builder != build_id:
        raise AisleError(
            f"The warehouse holds marts of {builder or 'no finished build'}, not of {build_id}: "
            f"run `aisle transform --build {build_id}` and `aisle check marts --build {build_id}` "
            "again, or start a new build."
        )


def _require_passed_checks(settings: Settings, build_id: str) -> None:
    path = marts_verdict(settings, build_id)
    if not path.exists():
        raise AisleError(
            f"The marts of build {build_id} have not been checked: "
            f"run `aisle check marts --build {build_id}` before publishing."
        )
    if not json.loads(path.read_text())["passed"]:
        raise AisleError(
            f"The marts of build {build_id} failed their checks ({path}), so they are not "
            "published; everyone goes on reading the previous ones."
        )


def _export(settings: Settings, folder: Path) -> dict[str, int]:
    """Write every mart as one sorted Parquet file; return the number of rows of each."""
    with reader_connection(settings) as connection:
        connection.execute("set preserve_insertion_order = true")
        marts = connection.execute((SQL / "marts.sql").read_text()).fetchall()
        if not marts:
            raise AisleError(f"{settings.warehouse} holds no marts: run `aisle transform` first.")
        return {table: _export_table(connection, schema, table, folder) for schema, table in marts}


def _export_table(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, folder: Path
) -> int:
    mart = connection.table(f"{schema}.{table}")
    mart.order("all").write_parquet(str(folder / f"{table}.parquet"), compression="zstd")
    return int(mart.shape[0])


def _manifest(settings: Settings, plan: BuildPlan, tables: dict[str, int]) -> dict[str, object]:
    code = built_with(settings)
    return {
        "build_id": plan.build_id,
        "code": code.read_text() if code.exists() else None,  # None: not by `aisle transform`
        "as_of": plan.as_of.isoformat(),
        "max_batch_id": plan.max_batch_id,
        "published_at": wall_clock().isoformat(),
        "tables": {name: {"rows": rows} for name, rows in tables.items()},
    }
