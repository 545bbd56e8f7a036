"""A deliberately changed transform fails `aisle check-features`, and the DAG that runs it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.settings import REPOSITORY, Settings
from aisle.pipeline.features import apply_features, materialize_features
from aisle.serving.check_features import REMEMBERED, REPORT, Parity, check_features
from tests.integration.feature_shop import land, orders
from tests.integration.published_features import MONDAY, NOW, publish_features

SAMPLE = 100  # more than there are
BUILD = (
    "load-raw",
    "fix-ceiling --build {build}",
    "transform --build {build}",
    "check marts --build {build}",
    "publish --build {build}",
)
FEATURES = ("apply-features", "materialize-features", "check-features")

# What a deployment might change by mistake: file, text, what it says instead.
CHANGES = {
    "a writer that leaves out the last day": (
        "aisle/pipeline/features.py",
        "store.materialize(materialization_start(view, end), end,",
        "store.materialize(materialization_start(view, end), end.replace(hour=0),",
    ),
    "a reader that rounds": (
        "aisle/core/online_features.py",
        "    return None if isinstance(plain, float) and not math.isfinite(plain) else plain",
        "    return round(plain) if isinstance(plain, float) else plain",
    ),
    "sums that fade twice as fast": (
        "dbt_project/macros/decay.sql",
        "then power(0.5, {{ age_days }} / {{ half_life_days }}.0)",
        "then power(0.25, {{ age_days }} / {{ half_life_days }}.0)",
    ),
}


def changed_deployment(folder: Path, change: str) -> dict[str, str]:
    """Copy what the DAGs run, change it, and return the environment that runs it."""
    for name in ("aisle", "dags", "dbt_project", "expectations", "feature_repo"):
        shutil.copytree(
            REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    file, text, instead = CHANGES[change]
    before = (folder / file).read_text()
    assert text in before
    (folder / file).write_text(before.replace(text, instead, 1))
    path = os.pathsep.join(map(str, (folder, folder / "dags")))
    return {**os.environ, "PYTHONPATH": path}


def run(environment: Mapping[str, str], *commands: str) -> list[subprocess.CompletedProcess[str]]:
    """Run `aisle` commands one after the other, however they end."""
    aisle = str(Path(sys.executable).with_name("aisle"))
    return [
        subprocess.run(
            [aisle, *command.split()], env=environment, capture_output=True, text=True, check=False
        )
        for command in commands
    ]


@pytest.mark.parametrize(
    "change", ["a writer that leaves out the last day", "a reader that rounds"]
)
def test_a_changed_way_to_serving_makes_the_command_fail(
    change: str, settings: Settings, tmp_path: Path
) -> None:
    publish_features(settings, "b1")
    ended = run(changed_deployment(tmp_path / "deployment", change), *FEATURES)
    assert [one.returncode for one in ended] == [0, 0, 1], ended[-1].stderr
    message = ended[-1].stderr
    assert "not the same in serving, training and the marts" in message
    named = r"user_activity\.\w+ of user_id=\w+: served \S+, point-in-time join \S+, mart \S+"
    assert re.search(named, message)


def passed(settings: Settings, *, accept_changes: bool = False) -> Parity:
    apply_features(settings)
    materialize_features(settings)
    return check_features(settings, SAMPLE, accept_changes=accept_changes)


def add_one(settings: Settings, feature: str, rows: int) -> None:
    """Add one to a feature of the oldest rows of the user mart."""
    path = settings.current_marts / "user_features.parquet"
    frame = pd.read_parquet(path).sort_values("as_of_date")
    frame[feature] = frame[feature].fillna(0) + (np.arange(len(frame)) < rows)
    frame.to_parquet(path, coerce_timestamps="us", index=False)


def test_past_values_that_changed_with_the_code_are_named_until_they_are_accepted(
    settings: Settings,
) -> None:
    publish_features(settings, "b1")
    passed(settings)
    publish_features(settings, "b2", code="other code")
    add_one(settings, "orders_91d", rows=6)
    with pytest.raises(AisleError, match="--accept-changes") as failed:
        passed(settings)
    (line,) = [line for line in str(failed.value).splitlines() if line.startswith("user_activity")]
    assert re.fullmatch(
        r"user_activity\.orders_91d: \d of 6 past rows differ, such as user_id=\w+ as of "
        r"20\S+: was (None|\d+), is \d+",
        line,
    )
    assert json.loads((settings.feast / REPORT).read_text())["redefined"] == [line]
    with pytest.raises(AisleError, match="--accept-changes"):
        passed(settings)
    assert [one.feature for one in passed(settings, accept_changes=True).redefined] == [
        "orders_91d"
    ]
    assert passed(settings).redefined == ()


def test_past_values_that_late_data_changed_pass(settings: Settings) -> None:
    publish_features(settings, "b1")
    passed(settings)
    publish_features(settings, "b2")
    add_one(settings, "orders_91d", rows=6)
    assert passed(settings).redefined == ()


def keep(settings: Settings, table: str, rows: Callable[[pd.DataFrame], pd.Series]) -> pd.DataFrame:
    """Keep some rows of a mart; return all of them."""
    path = settings.current_marts / f"{table}.parquet"
    whole = pd.read_parquet(path)
    whole[rows(whole)].to_parquet(path, coerce_timestamps="us", index=False)
    return whole


def remembered(settings: Settings) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((settings.feast / REMEMBERED).read_text())
    return found


def test_rows_at_cutoffs_are_remembered_until_the_cutoffs_come_back(settings: Settings) -> None:
    publish_features(settings, "b1")
    passed(settings)
    before = remembered(settings)["user_item"]
    publish_features(settings, "b2", code="other code")
    whole = keep(
        settings, "user_item_features", lambda rows: rows["as_of_date"] == rows["as_of_date"].max()
    )
    assert passed(settings).redefined == ()
    assert remembered(settings)["user_item"] == before
    whole["orders_91d"] = whole["orders_91d"].fillna(0) + 1
    path = settings.current_marts / "user_item_features.parquet"
    whole.to_parquet(path, coerce_timestamps="us", index=False)
    with pytest.raises(AisleError, match=r"user_item\.orders_91d: "):
        passed(settings)


def test_a_transform_that_loses_rows_is_named(settings: Settings) -> None:
    publish_features(settings, "b1")
    passed(settings)
    publish_features(settings, "b2", code="other code")
    keep(settings, "user_features", lambda rows: rows["user_id"] != "bob")
    keep(settings, "user_versions", lambda rows: rows["user_id"] != "bob")
    with pytest.raises(AisleError) as failed:
        passed(settings)
    named = re.findall(r"(\S+): (\d) of 6 past rows differ, such as user_id=bob", str(failed.value))
    assert named == [("user_activity.(row)", "2"), ("user_attributes.(row)", "2")]
    assert "was 'there', is 'missing'" in str(failed.value)


def test_a_grid_of_other_days_is_named(settings: Settings) -> None:
    weeks = [MONDAY - timedelta(weeks=back) for back in range(12)]
    publish_features(settings, "b1", [*weeks, NOW])
    passed(settings)
    shifted = [monday - timedelta(days=1) for monday in weeks]
    publish_features(settings, "b2", [*shifted, NOW], code="other code")
    with pytest.raises(AisleError, match=r"user_activity\.\(row\): 36 of 36 past rows differ"):
        passed(settings)
    assert passed(settings, accept_changes=True).redefined
    assert passed(settings).redefined == ()


@pytest.mark.parametrize("content", ["", "{", "\x00"])
def test_a_damaged_memory_is_said_and_kept(settings: Settings, content: str) -> None:
    publish_features(settings, "b1")
    passed(settings)
    path = settings.feast / REMEMBERED
    path.write_text(content)
    with pytest.raises(AisleError, match=r"parity_remembered\.json is damaged .* remove it"):
        check_features(settings, SAMPLE)
    assert path.read_text() == content
    path.unlink()
    assert check_features(settings, SAMPLE).redefined == ()


def test_other_keys_are_named_and_can_be_accepted(settings: Settings) -> None:
    publish_features(settings, "b1")
    passed(settings)
    path = settings.feast / REMEMBERED
    former = remembered(settings)
    former["user_activity"]["rows"] = [
        {**row, "keys": {"household_id": row["keys"]["user_id"]}}
        for row in former["user_activity"]["rows"]  # type: ignore[attr-defined]
    ]
    path.write_text(json.dumps(former))
    publish_features(settings, "b2", code="other code")
    with pytest.raises(AisleError, match=r"user_activity\.\(keys\): .*was \['household_id'\]"):
        passed(settings)
    assert [one.feature for one in passed(settings, accept_changes=True).redefined] == ["(keys)"]
    assert passed(settings).redefined == ()


RUN_THE_DAG = """
import json, sys
from airflow.utils.db import initdb
initdb()
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(sys.argv[1]).dags["refresh_features"]
run = dag.test()
states = {one.task_id: str(one.state) for one in run.get_task_instances()}
print("STATES", json.dumps({"run": str(run.state), **states}))
"""


def run_the_dag(environment: Mapping[str, str], deployment: Path, home: Path) -> dict[str, str]:
    """Run `refresh_features` of a deployment in a real Airflow; return the state of each task."""
    airflow = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(deployment / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",  # a task's own words are of this level
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}.db",
        "AISLE_TASK_RETRIES": "0",
    }
    ended = subprocess.run(
        [sys.executable, "-c", RUN_THE_DAG, str(deployment / "dags")],
        env={**environment, **airflow},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "past rows differ" in ended.stdout + ended.stderr
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("STATES")]
    states: dict[str, str] = json.loads(line.removeprefix("STATES"))
    return states


def test_a_changed_transform_of_the_warehouse_fails_the_dag(
    settings: Settings, tmp_path: Path
) -> None:
    land(settings, orders(), "orders")
    commands = [command.format(build="b1") for command in BUILD]
    for ended in run(os.environ, *commands, *FEATURES):
        assert ended.returncode == 0, ended.stderr
    deployment = tmp_path / "deployment"
    environment = changed_deployment(deployment, "sums that fade twice as fast")
    for ended in run(environment, *(command.format(build="b2") for command in BUILD[1:])):
        assert ended.returncode == 0, ended.stderr
    states = run_the_dag(environment, deployment, tmp_path / "airflow")
    before = dict.fromkeys(("embed", "apply", "catalogue", "materialize"), "success")
    assert states == before | {"check": "failed", "run": "failed"}
    report = json.loads((settings.feast / REPORT).read_text())
    changed = {line.split(":")[0] for line in report["redefined"]}
    assert {"user_item.orders_hl28d", "item_segment.orders_hl28d"} <= changed
    assert [name for name in changed if "_hl" not in name] == []
    assert not report["views"]["user_activity"]["differences"]
