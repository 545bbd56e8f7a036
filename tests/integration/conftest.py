"""What several files would otherwise each make again."""

from pathlib import Path

import pytest

from aisle.core.settings import Settings
from training.tracking_database import ensure_database


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database before any training, to copy: dozens of schema changes, made once."""
    settings = Settings(home=tmp_path_factory.mktemp("empty_mlflow") / "home", mlflow_uri="")
    ensure_database(settings)
    return settings.mlflow_database
