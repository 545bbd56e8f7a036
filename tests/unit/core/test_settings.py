from pathlib import Path

import pytest
from pydantic import ValidationError

from aisle.core.settings import REPOSITORY, Settings


def test_every_setting_is_in_the_example_with_its_default(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.delenv("AISLE_HOME")
    example = dict(
        line.split("=", 1)
        for line in (REPOSITORY / ".env.example").read_text().splitlines()
        if line and not line.startswith("#")
    )
    defaults = Settings(_env_file=None).model_dump()
    assert example == {f"AISLE_{name.upper()}": str(value) for name, value in defaults.items()}


def test_a_wrong_value_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_SERVING_PORT", "eighty")
    with pytest.raises(ValidationError, match="serving_port"):
        Settings()


@pytest.mark.parametrize("name", ["Berlin", "", "Europe/Berlin'; drop table raw.events; --"])
def test_a_time_zone_is_one_that_exists(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_TIME_ZONE", name)
    with pytest.raises(ValidationError, match="no time zone: name one such as Europe/Berlin"):
        Settings()


def test_all_state_lies_under_the_workspace(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    places = (settings.landing, settings.warehouse, settings.published, settings.mlflow)
    assert all(place.is_relative_to(tmp_path) for place in places)
    assert str(tmp_path) in settings.tracking_uri


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://ada:se@cret@db:5432/mlflow", "postgresql://db:5432/mlflow"),
        ("https://token@mlflow.example.com/a@b", "https://mlflow.example.com/a@b"),
        ("http://mlflow:5000", "http://mlflow:5000"),
        ("sqlite:////a@b/mlflow.db", "sqlite:////a@b/mlflow.db"),
    ],
)
def test_an_address_is_shown_without_who_logs_in(uri: str, shown: str) -> None:
    assert Settings(mlflow_uri=uri).tracking_address == shown
