"""The configuration of the private Airflow."""

import json

import pytest

from aisle.core.settings import Settings
from aisle.runner.airflow_settings import airflow_environment, workspace_secrets


def test_airflow_listens_on_this_machine_only_and_starts_no_schedule(settings: Settings):
    environment = airflow_environment(settings, port=18080)
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__API__PORT"] == "18080"
    assert environment["AISLE_SCHEDULES"] == "off"
    assert environment["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"


def test_all_its_state_is_in_the_workspace(settings: Settings):
    environment = airflow_environment(settings, port=1)
    assert environment["AIRFLOW_HOME"] == str(settings.airflow)
    assert str(settings.root) in environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert environment["AISLE_HOME"] == str(settings.root)


def test_options_of_another_airflow_stay_outside(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_HOST", "mail.example.com")
    environment = airflow_environment(settings, port=1)
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__SMTP__SMTP_HOST" not in environment


def test_secrets_are_made_once_and_only_the_owner_reads_them(settings: Settings):
    first = workspace_secrets(settings.airflow)
    environment = airflow_environment(settings, port=1)
    assert workspace_secrets(settings.airflow) == first
    assert environment["AIRFLOW__API_AUTH__JWT_SECRET"] == first.jwt
    for name in ("secrets.json", "passwords.json"):
        assert (settings.airflow / name).stat().st_mode & 0o777 == 0o600
    passwords = json.loads((settings.airflow / "passwords.json").read_text())
    assert passwords == {"admin": first.password}


def test_each_workspace_has_secrets_of_its_own(settings: Settings):
    one, two = (workspace_secrets(settings.root / name) for name in ("one", "two"))
    assert {one.jwt, one.password, one.fernet}.isdisjoint({two.jwt, two.password, two.fernet})
