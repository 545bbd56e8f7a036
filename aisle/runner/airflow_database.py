"""The private Airflow's database: brought to this version, cleared of what a kill left running."""

import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

FAIL_LEFTOVERS = Path(__file__).with_name("fail_leftovers.sql")


def prepare_database(home: Path, environment: dict[str, str] | None = None) -> None:
    """Bring the metadata database to this Airflow's version; mark what a kill left running."""
    database, stamp = home / "airflow.db", home / "migrated"
    installed = version("apache-airflow")
    if not (database.exists() and stamp.exists() and stamp.read_text() == installed):
        with (home / "logs" / "migrate.log").open("wb") as log:
            command = [airflow_executable(), "db", "migrate"]
            subprocess.run(command, stdout=log, stderr=log, env=environment, check=True)
        stamp.write_text(installed)
    fail_leftovers(database)


def fail_leftovers(database: Path) -> None:
    """Mark the runs, tasks and jobs that a killed run left unfinished as failed."""
    connection = sqlite3.connect(database, timeout=30)
    try:
        connection.executescript(FAIL_LEFTOVERS.read_text(encoding="utf-8"))
    finally:
        connection.close()


def airflow_executable() -> str:
    """Return the `airflow` command of this environment."""
    return str(Path(sys.executable).with_name("airflow"))
