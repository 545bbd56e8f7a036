"""Airflow for DAG tests: its home and options are set before anything imports it."""

import os
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from aisle.core.settings import REPOSITORY

if TYPE_CHECKING:
    from airflow.sdk import DAG

DAGS = REPOSITORY / "dags"
_airflow_home = tempfile.TemporaryDirectory(prefix="aisle-test-airflow-")
os.environ |= {
    "AIRFLOW_HOME": _airflow_home.name,
    "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_airflow_home.name}/airflow.db",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
}
sys.path.insert(0, str(DAGS))  # as Airflow does


@pytest.fixture(scope="session")
def dags() -> Iterator[dict[str, "DAG"]]:
    """All DAGs of the folder, read as Airflow reads them."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(DAGS)
    assert bag.import_errors == {}
    yield bag.dags
