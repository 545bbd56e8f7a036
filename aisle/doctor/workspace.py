"""Looks at the workspace folder: room, rights, who uses it, what a killed run left."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from aisle.core.settings import Settings
from aisle.doctor.findings import State, fail, ok, warn
from aisle.runner.airflow_settings import workspace_secrets
from aisle.runner.lock import AIRFLOW_LOCK, COLLECT, RUN_LOCK, holder_of, users_of
from aisle.runner.processes import started_for
from aisle.runner.rest import AirflowApi
from aisle.runner.ui_state import read_state, state_file

LITTLE_GIB, TOO_LITTLE_GIB = 5.0, 0.5
DRAFTS = (
    "landing/.incoming-*", "importing/work", "published/.*", "training/.*", "builds/.*",
    "recommendations/.*",
)  # fmt: skip


def room(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at the space and the rights to write."""
    folder = nearest(settings.root)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield fail(f"cannot write in {folder}", "Change its rights, or set AISLE_HOME elsewhere.")
        return
    free = shutil.disk_usage(folder).free / 2**30
    text = f"{free:.1f} GiB free for {settings.root}"
    if free < TOO_LITTLE_GIB:
        yield fail(text, "Free some, or set AISLE_HOME to a larger disk.")
    elif free < LITTLE_GIB:
        yield warn(text, "A year of the sample takes about 1 GiB; a larger shop needs more.")
    else:
        yield ok(text)


def users(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at who uses the workspace now, and for what a killed run left."""
    found = users_of(settings)
    using = sorted({f"`{one.command}` (process {one.process})" for one in found})
    yield ok(f"used by {', '.join(using)}" if using else "nobody is using it")
    is_run = any(one.command != COLLECT for one in found)
    left = [] if is_run else started_for(str(settings.root))
    if left:
        pids = ", ".join(str(process.pid) for process in left)
        yield warn(f"processes of a killed run still go on: {pids}", "`make run` ends them first.")
    drafts = [] if is_run else [path for name in DRAFTS for path in settings.root.glob(name)]
    if drafts:
        text = f"{len(drafts)} unfinished folders of killed commands, such as {drafts[0]}"
        yield warn(text, "Nobody reads them: remove them to free the space.")


def airflow(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at the private Airflow: its database, and its pool while `aisle ui` runs."""
    stamp = settings.airflow / "migrated"
    if not stamp.exists():
        yield ok("not used yet")
        return
    made_by = stamp.read_text()
    if made_by == version("apache-airflow"):
        yield ok(f"database of version {made_by}")
    else:
        text = f"its database is of version {made_by}, {version('apache-airflow')} is installed"
        yield warn(text, "`make run` brings it to the installed version.")
    yield from _unfinished(settings)
    yield from _pool(settings)


def nearest(path: Path) -> Path:
    """Return the path itself or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _unfinished(settings: Settings) -> Iterator[tuple[State, str, str]]:
    if any(holder_of(settings.root / lock) for lock in (RUN_LOCK, AIRFLOW_LOCK)):
        return
    database = f"file:{settings.airflow / 'airflow.db'}?mode=ro"
    query = "select count(*) from dag_run where state in ('queued', 'running')"
    connection = sqlite3.connect(database, uri=True)
    try:
        (count,) = connection.execute(query).fetchone()
    finally:
        connection.close()
    if count:
        text = f"{count} DAG runs look as if they went on; their run was killed"
        yield warn(text, "`make run` marks them as failed and starts anew.")


def _pool(settings: Settings) -> Iterator[tuple[State, str, str]]:
    holder = holder_of(settings.root / AIRFLOW_LOCK)
    if holder is None or holder.command != "aisle ui" or not state_file(settings).exists():
        return
    import httpx

    address = f"http://127.0.0.1:{read_state(settings).airflow_port}"
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        api = AirflowApi(client, "admin", workspace_secrets(settings.airflow).password)
        if not api.is_healthy():
            yield warn(f"{address} is not healthy (yet)", "Look at `aisle ui` and at its logs.")
            return
        api.log_in()
        slots, errors = api.pool_slots("warehouse"), api.import_errors()
    if slots != 1:
        text = f"pool `warehouse` has {slots} slots: two tasks could open the warehouse"
        yield fail(text, "Set it to 1 in Airflow under Admin, Pools.")
    else:
        yield ok(f"healthy on {address}, pool `warehouse` has 1 slot")
    for error in errors:
        yield fail(f"cannot read {error.splitlines()[0]}", "Correct that DAG file.")
