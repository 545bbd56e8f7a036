"""Make the embedded MLflow database, whole or not at all: its own first start survives no kill."""

import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aisle.core.settings import Settings

SQLITE = "sqlite:///"


def ensure_database(settings: Settings) -> None:
    """Create the SQLite database of the workspace if it is missing.

    MLflow would make it with dozens of separate schema changes: a kill in between, or a second
    process at the same time, leaves a file that no later start can use. So it is made aside,
    under a lock, and appears in one rename.
    """
    if settings.mlflow_uri:
        return
    database = settings.mlflow_database
    if database.exists():
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    with _lock(database.with_suffix(".lock")):
        if not database.exists():
            _create(database, settings.mlflow / "artifacts")


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file closes, also by a kill
        yield


def _create(database: Path, artifacts: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    logging.getLogger("alembic").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=database.parent) as private:
        draft = Path(private) / database.name
        store = SqlAlchemyStore(f"{SQLITE}{draft}", artifacts.as_uri())
        store.engine.dispose()
        os.replace(draft, database)
