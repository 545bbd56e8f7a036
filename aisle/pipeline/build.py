"""One warehouse build: fix what it may read, then let dbt turn raw rows into marts."""

import hashlib
import json
import logging
import os
import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from aisle.core.builds import (
    PLAN,
    BuildPlan,
    build_folder,
    built_by,
    built_with,
    checked_id,
    marts_verdict,
    read_plan,
    write_plan,
)
from aisle.core.clock import as_of
from aisle.core.errors import AisleError
from aisle.core.files import write_text
from aisle.core.item_events import ITEM_EVENTS
from aisle.core.publications import BUILDS_KEPT, remove_old
from aisle.core.settings import REPOSITORY, Settings
from aisle.core.warehouse import reader_connection
from aisle.core.windows import pair_dates
from aisle.pipeline.dbt_process import run_dbt

log = logging.getLogger(__name__)

SQL = Path(__file__).parent
DBT_PROJECT = REPOSITORY / "dbt_project"
# dbt's unit tests judge the SQL, not this data: `make test` runs them.
BUILD = ("build", "--exclude-resource-type", "unit_test")


def fix_ceiling(
    settings: Settings, build_id: str, *, horizon_days: float | None = None
) -> BuildPlan:
    """Fix which batches the build reads and what "now" is; a plan once made is kept.

    Trainings with windows of `horizon_days` find rows of pairs at each of their cutoffs; without
    it there are rows of now only. What the oldest builds left (plans, dbt's artifacts, check
    results) is removed.
    """
    if (build_folder(settings, build_id) / PLAN).exists():
        return read_plan(settings, build_id)
    max_batch_id, last_event_at = _newest_batch(settings)
    now = as_of(settings.now, last_event_at)
    dates: tuple[datetime, ...] = ()
    if horizon_days is not None:
        dates = pair_dates(now, horizon_days, _first_moments(settings, max_batch_id, now))
    plan = BuildPlan(
        build_id=checked_id(build_id),
        max_batch_id=max_batch_id,
        as_of=now,
        pair_dates=dates,
    )
    write_plan(settings, plan)
    remove_old(settings.builds, BUILDS_KEPT, marker=PLAN)
    log.info("build %s reads batches up to %d, as of %s", build_id, max_batch_id, plan.as_of)
    return plan


def _newest_batch(settings: Settings) -> tuple[int, datetime | None]:
    with reader_connection(settings) as connection:
        try:
            row = connection.execute((SQL / "newest_batch.sql").read_text()).fetchone()
        except duckdb.CatalogException as error:
            raise AisleError(
                f"{settings.warehouse} has no raw tables yet: run `aisle load-raw`."
            ) from error
    if row is None or row[0] is None:
        raise AisleError(
            f"Nothing has been loaded into {settings.warehouse} yet: put files into "
            f"{settings.landing} (`aisle sample` does) and run `aisle load-raw`."
        )
    return int(row[0]), row[1]


def _first_moments(settings: Settings, max_batch_id: int, now: datetime) -> list[datetime]:
    """Return when each kind of event that names items happened first."""
    asked = {"kinds": list(ITEM_EVENTS), "max_batch_id": max_batch_id, "as_of": now}
    with reader_connection(settings) as connection:
        rows = connection.execute((SQL / "first_moments.sql").read_text(), asked).fetchall()
    return [first_at for (first_at,) in rows]


def transform(settings: Settings, build_id: str) -> None:
    """Run one `dbt build` at the build's ceiling; its artifacts stay in the build's folder."""
    if settings.dbt_target != "duckdb":
        raise AisleError(
            f"AISLE_DBT_TARGET={settings.dbt_target}: the dbt project parses there, but loading, "
            "checking and publishing still use the DuckDB file. Set AISLE_DBT_TARGET=duckdb."
        )
    plan = read_plan(settings, build_id)
    with reader_connection(settings):  # one message here instead of dbt's many
        pass
    marts_verdict(settings, build_id).unlink(missing_ok=True)  # it spoke of the marts before
    built_by(settings).unlink(missing_ok=True)
    code = f"{project_fingerprint(DBT_PROJECT)} {settings.time_zone}"
    words = dbt_words(settings, plan, (*BUILD, *_refresh(settings, code)))
    result = run_dbt(words, dbt_environment(settings))
    if result.returncode != 0:
        raise AisleError(
            f"dbt build {build_id} failed with exit code {result.returncode}: the lines above say "
            f"which model or test; the whole log is {_logs(settings, build_id) / 'dbt.log'}."
        )
    write_text(built_with(settings), code)
    write_text(built_by(settings), build_id)


def project_fingerprint(project: Path) -> str:
    """Return a hash that changes with any model, macro or setting of a dbt project."""
    digest = hashlib.sha256(version("dbt-duckdb").encode())
    for path in sorted(project.rglob("*")):
        if path.suffix in {".sql", ".yml"} and "target" not in path.relative_to(project).parts:
            digest.update(f"{path.relative_to(project)}\n{path.read_text()}\n".encode())
    return digest.hexdigest()


def _refresh(settings: Settings, code: str) -> tuple[str, ...]:
    """Rebuild incremental tables whole unless the same code filled them to the end."""
    stamp = built_with(settings)
    if stamp.exists() and stamp.read_text() == code:
        return ()
    stamp.unlink(missing_ok=True)
    return ("--full-refresh",)


def dbt_command(settings: Settings, plan: BuildPlan, words: tuple[str, ...]) -> list[str]:
    """Return the dbt command `words` (verb and its options) at the ceiling of a plan."""
    return [str(Path(sys.executable).with_name("dbt")), *dbt_words(settings, plan, words)]


def dbt_words(settings: Settings, plan: BuildPlan, words: tuple[str, ...]) -> list[str]:
    """Return what dbt is told: `words`, its folders, and the ceiling of a plan."""
    variables = {
        "as_of": plan.as_of.isoformat(),
        "max_batch_id": plan.max_batch_id,
        "pair_dates": [moment.isoformat() for moment in plan.pair_dates],
        "time_zone": settings.time_zone,
    }
    folders = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": build_folder(settings, plan.build_id) / "dbt",
        "--log-path": _logs(settings, plan.build_id),
    }
    options = [text for option, folder in folders.items() for text in (option, str(folder))]
    return [*words, *options, "--vars", json.dumps(variables)]


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the environment that dbt_project/profiles.yml reads."""
    return {
        **os.environ,
        "AISLE_WAREHOUSE_PATH": str(settings.warehouse),
        "AISLE_WAREHOUSE_MEMORY": settings.warehouse_memory,
        "AISLE_WAREHOUSE_THREADS": str(settings.warehouse_threads),
        "AISLE_DBT_TARGET": settings.dbt_target,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
    }


def _logs(settings: Settings, build_id: str) -> Path:
    return build_folder(settings, build_id) / "dbt_logs"
