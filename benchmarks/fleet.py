"""The commands of docker-compose.yml without containers: the whole chain through Celery.

Reads each service's command, environment, health check and order out of docker-compose.yml,
turns host names, ports and folders into local ones, and runs them on servers that come as wheels.
What only a container engine can show (images, users, limits, networks) is not shown here.
"""

import logging
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import psutil

from aisle.core.settings import REPOSITORY
from aisle.runner.airflow_process import has_read
from aisle.runner.chain import CHAIN, Followed, Task, follow
from aisle.runner.rest import AirflowApi
from benchmarks.results import Row, at_least, at_most, report
from benchmarks.running_fleet import (
    WORKERS,
    RunningFleet,
    end_tree,
    postgres_bin,
    running_fleet,
    tree,
)

log = logging.getLogger(__name__)

HOUSEHOLDS = 150
MODEL = "aisle-recommender"
TUNING = "tune_recommender"
TRIALS = 8
CELERY_SECONDS = 30  # until Celery has written down what Airflow knows of already
TRIAL_IN_CELERY = re.compile(r"Executing workload in Celery: .*task_id='trial'")
SENT = 100
COLLECTED_SQL = Path(__file__).with_name("fleet_collected.sql")


def main() -> None:
    """Start the fleet, run the chain, ask the API, tune; exit non-zero when a bar does not hold."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="aisle-fleet-", dir="/tmp") as folder:
        root = Path(folder)
        root.chmod(0o755)  # the database server runs as a user of its own
        before = _files_of_repository()
        with running_fleet(root) as fleet:
            rows = list(_drive(fleet))
        written = sorted(set(_files_of_repository()) - set(before))
        rows.append(at_most("files written beside the code (read-only there)", len(written), "", 0))
        if written:
            log.warning("written beside the code: %s", written[:10])
    if not report("fleet", rows):
        raise SystemExit(1)


def _drive(fleet: RunningFleet) -> Iterator[Row]:
    """Land the sample, run the chain through Celery and ask what came out of it."""
    worker = fleet.service("airflow-worker")
    fleet.run(worker, ["aisle", "sample", "--users", str(HOUSEHOLDS)])
    started = time.monotonic()
    api = _airflow(fleet)
    followed = _run_chain(api)
    if followed.failed:
        log.error("%s failed; its logs: %s", followed.failed.name, _log_of(fleet, followed.failed))
    yield at_most("the chain", time.monotonic() - started, "s", 900)
    states = [task.state for task in followed.tasks]
    yield at_least("tasks that succeeded", states.count("success"), "", 15)
    yield at_most("tasks that failed", states.count("failed"), "", 0)
    yield at_least(
        "tasks that Celery did",
        _tasks_of_celery(fleet, len(followed.tasks)),
        "",
        len(followed.tasks),
    )
    yield at_least("champion's version in the registry", _champion(fleet), "", 1)
    yield at_least("items recommended over HTTP", _recommended(fleet), "", 5)
    yield at_most("databases that a role can enter beside its own", _trespasses(fleet), "", 0)
    for name, seconds in fleet.seconds_until_healthy.items():
        yield Row(f"{name}: healthy after", seconds, "s")
    yield Row("memory of all services when the chain had ended", _gib(fleet), "GiB")
    yield from _rows_of_tuning(fleet, api)
    yield at_least("events loaded, of 100 sent to the collector", _collected(fleet), "", SENT)


def _airflow(fleet: RunningFleet) -> AirflowApi:
    """Return the door to the fleet's Airflow once it has read the DAGs."""
    client = httpx.Client(base_url=_address(fleet, "8080"), timeout=60, trust_env=False)
    api = AirflowApi(client, "admin", fleet.secrets["AIRFLOW_ADMIN_PASSWORD"])
    api.log_in()
    while not has_read(api, (*CHAIN, TUNING)):
        time.sleep(1)
    return api


def _run_chain(api: AirflowApi) -> Followed:
    assert api.pool_slots("warehouse") == 1
    seen: set[str] = set()

    def tell(tasks: list[Task]) -> None:
        for task in tasks:
            line = f"{task.state:<9} {task.name}"
            if task.state in ("success", "failed", "skipped") and line not in seen:
                seen.add(line)
                log.info("%s", line)

    api.trigger(CHAIN[0], "fleet")
    return follow(api, "fleet", tell, lambda: time.sleep(1))


def _rows_of_tuning(fleet: RunningFleet, api: AirflowApi) -> Iterator[Row]:
    """Tune one recipe: its trials are mapped tasks, which the workers share."""
    started = time.monotonic()
    params = {"recipes": "personal_frequency", "trials": TRIALS - 1}  # and what the recipe says now
    api.trigger(TUNING, "tuning", params)
    while api.run_state(TUNING, "tuning") not in ("success", "failed"):
        time.sleep(1)
    yield Row("a tuning after it", time.monotonic() - started, "s")
    tasks = api.task_instances(TUNING, "tuning")
    trials = [one["state"] for one in tasks if one["task_id"] == "trial"]
    yield at_least("trials of a tuning that succeeded", trials.count("success"), "", TRIALS)
    logs = [fleet.root / f"airflow-worker-{name}.log" for name in WORKERS]
    did = sum(bool(TRIAL_IN_CELERY.search(log.read_text(errors="replace"))) for log in logs)
    yield at_least("workers that did trials of it", did, "", len(WORKERS))
    findings = fleet.folders["/var/lib/aisle"] / "tuning" / "tuning" / "findings"
    yield at_least("files of its findings", len(list(findings.glob("*"))), "", 1)


def _tasks_of_celery(fleet: RunningFleet, awaited: int) -> int:
    """Return the tasks that Celery finished; which worker did one, it does not record.

    A worker tells Airflow first, and Celery when the task's process has ended.
    """
    query = "select count(*) from celery_taskmeta where status = 'SUCCESS'"
    until = time.monotonic() + CELERY_SECONDS
    while (done := int(_asked(fleet, "airflow", "airflow", query).stdout)) < awaited:
        if time.monotonic() > until:
            break
        time.sleep(1)
    return done


def _trespasses(fleet: RunningFleet) -> int:
    """Return how many databases the roles can enter that are not theirs."""
    pairs = [("airflow", "mlflow"), ("mlflow", "airflow"), ("airflow", "postgres")]
    return sum(_asked(fleet, *pair, "select 1").returncode == 0 for pair in pairs)


def _asked(
    fleet: RunningFleet, role: str, database: str, query: str
) -> subprocess.CompletedProcess[str]:
    password = fleet.secrets[f"{role.upper()}_DB_PASSWORD"]
    address = ["-h", "127.0.0.1", "-p", str(fleet.ports["5432"]), "-U", role, "-d", database]
    return subprocess.run(
        [str(postgres_bin() / "psql"), "-At", *address, "-c", query],
        env={**os.environ, "PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )


def _champion(fleet: RunningFleet) -> int:
    answer = httpx.get(
        f"{_address(fleet, '5000')}/api/2.0/mlflow/registered-models/alias",
        params={"name": MODEL, "alias": "champion"},
        trust_env=False,
        timeout=30,
    )
    return int(answer.json().get("model_version", {}).get("version", 0))


def _recommended(fleet: RunningFleet) -> int:
    address = f"{_address(fleet, '8000')}/v1/recommendations"
    deadline = time.monotonic() + 60  # it looks for a new champion every few seconds
    while True:
        answer = httpx.get(
            address, params={"user_id": "1", "limit": 5}, trust_env=False, timeout=30
        )
        if answer.status_code == httpx.codes.OK or time.monotonic() > deadline:
            return len(answer.json().get("items", []))
        time.sleep(2)


def _collected(fleet: RunningFleet) -> int:
    """Send one batch to the collector, load it as a worker does, and count what is there."""
    batch = [
        {"type": "page", "messageId": f"fleet-{number}", "anonymousId": "fleet", "name": "Home"}
        for number in range(SENT)
    ]
    answer = httpx.post(
        f"{_address(fleet, '8010')}/v1/batch",
        json={"batch": batch},
        auth=(fleet.secrets["AISLE_SHOP_WRITE_KEY_SECRET"], ""),
        trust_env=False,
        timeout=60,
    )
    answer.raise_for_status()
    end_tree(fleet.processes["collector"])  # so that its file is complete
    fleet.run(fleet.service("airflow-worker"), ["aisle", "load-raw"])
    warehouse = fleet.folders["/var/lib/aisle"] / "warehouse" / "aisle.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        query = COLLECTED_SQL.read_text(encoding="utf-8")
        return int(connection.execute(query).fetchall()[0][0])


def _address(fleet: RunningFleet, port: str) -> str:
    return f"http://127.0.0.1:{fleet.ports[port]}"


def _log_of(fleet: RunningFleet, task: Task) -> str:
    folder = fleet.folders["/var/log/airflow"] / f"dag_id={task.dag_id}"
    logs = sorted(folder.rglob(f"*task_id={task.task_id}*/**/attempt=*.log"))
    return "\n".join(path.read_text()[-3000:] for path in logs[-1:])


def _gib(fleet: RunningFleet) -> float:
    total = 0
    for process in fleet.processes.values():
        for one in tree(process):
            try:
                total += one.memory_full_info().pss
            except psutil.Error:
                continue
    return total / 2**30


def _files_of_repository() -> list[str]:
    asked = ["git", "ls-files", "--others", "--cached", "--directory"]
    listed = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


if __name__ == "__main__":
    main()
