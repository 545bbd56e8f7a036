"""What several files would otherwise each make again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.core.settings import Settings
from tests.integration.collector_process import Collector, running_collector
from training.tracking_database import ensure_database


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database before any training, to copy: dozens of schema changes, made once."""
    settings = Settings(home=tmp_path_factory.mktemp("empty_mlflow") / "home", mlflow_uri="")
    ensure_database(settings)
    return settings.mlflow_database


@pytest.fixture
def collector(settings: Settings) -> Iterator[Collector]:
    """A real collector of the test's own workspace, ready for events."""
    with running_collector(settings.root) as running:
        yield running
