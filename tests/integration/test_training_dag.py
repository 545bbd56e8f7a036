"""`train_recommender` in a real Airflow with a script for `aisle`: what runs when a step fails."""

import json
import os
import subprocess
import sys

import pytest

from aisle.core.settings import REPOSITORY

# Ends like the code that ENDS names for a step, such as {"cold": 1}; 0 where it names none.
AISLE = f"""#!{sys.executable}
import json, os, sys
if sys.argv[2] == "recipes":
    print(json.dumps(["ease"]))
sys.exit(json.loads(os.environ["ENDS"]).get(sys.argv[2], 0))
"""
RUN_THE_DAG = """
import json, os, sys
from airflow.utils.db import initdb
initdb()
from airflow.dag_processing.dagbag import DagBag
sys.executable = sys.argv[2]  # tasks look for `aisle` beside it
dag = DagBag(sys.argv[1]).dags["train_recommender"]
for ends in json.loads(sys.argv[3]):
    os.environ["ENDS"] = json.dumps(ends)
    run = dag.test()
    states = {one.task_id: str(one.state) for one in run.get_task_instances()}
    print("STATES", json.dumps({"run": str(run.state), **states}))
"""
CASES = [{"cold": 1}, {"cold": 1, "register": 99}, {"gate": 1}, {"snapshot": 99}]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The state of each task and of the run, by how its steps end."""
    home = tmp_path_factory.mktemp("airflow")
    (home / "bin").mkdir()
    (home / "bin" / "aisle").write_text(AISLE)
    (home / "bin" / "aisle").chmod(0o755)
    airflow = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "PYTHONPATH": str(REPOSITORY / "dags"),
        "AISLE_TASK_RETRIES": "0",
    }
    stand_in = str(home / "bin" / "python")
    ended = subprocess.run(
        [sys.executable, "-c", RUN_THE_DAG, REPOSITORY / "dags", stand_in, json.dumps(CASES)],
        env={**os.environ, **airflow},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in ended.stdout.splitlines() if line.startswith("STATES")]
    assert len(lines) == len(CASES), ended.stdout + ended.stderr
    found = [json.loads(line.removeprefix("STATES")) for line in lines]
    return {json.dumps(ends): one for ends, one in zip(CASES, found, strict=True)}


FITTED = dict.fromkeys(("snapshot", "recipes", "fit", "compare"), "success")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (
            {"cold": 1},
            {"gate": "success", "cold": "failed", "register": "success", "run": "success"},
        ),
        (
            {"cold": 1, "register": 99},
            {"gate": "success", "cold": "failed", "register": "skipped", "run": "success"},
        ),
        (
            {"gate": 1},
            {
                **{"gate": "failed", "cold": "upstream_failed"},
                **{"register": "upstream_failed", "run": "failed"},
            },
        ),
    ],
    ids=["cold fails", "cold fails and the champion stays", "the gate fails"],
)
def test_what_follows_the_gate_depends_on_it_and_not_on_cold(
    states: dict[str, dict[str, str]], ends: dict[str, int], expected: dict[str, str]
) -> None:
    assert states[json.dumps(ends)] == FITTED | expected


def test_a_training_that_is_not_due_skips_every_step(states: dict[str, dict[str, str]]) -> None:
    found = states[json.dumps({"snapshot": 99})]
    assert found.pop("run") == "success"
    assert set(found.values()) == {"skipped"}
