"""What every test may lean on: a workspace of its own, and no telemetry."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aisle.core.settings import Settings

os.environ.update(
    {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "FEAST_USAGE": "False",
    }
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of an empty workspace; `Settings()` and child processes see the same one."""
    for name in list(os.environ):
        if name.startswith("AISLE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AISLE_HOME", str(tmp_path / "home"))
    yield Settings()
