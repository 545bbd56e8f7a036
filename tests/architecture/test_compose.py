"""docker-compose.yml and docker/: valid, without secrets, closed to other machines, up to date."""

import json
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
import yaml

from aisle.cli.main import app
from aisle.core.settings import REPOSITORY, Settings
from benchmarks.compose import COMPOSE, Fleet, native_service, read_compose, variables

DOCKER = REPOSITORY / "docker"
DOCKERFILES = sorted(DOCKER.glob("*Dockerfile"))
SCHEMA = REPOSITORY / "tests" / "vendored" / "compose-spec.json"
SECRET = re.compile(r"PASSWORD|SECRET|FERNET|TOKEN", re.IGNORECASE)
ENVIRONMENT = {name: f"value-of-{name}" for name in variables()}
SERVICES: dict[str, Any] = read_compose(ENVIRONMENT)["services"]
UNFILLED: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
each_service = pytest.mark.parametrize("name", SERVICES)


def test_it_is_a_compose_file():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator(schema).validate(read_compose(ENVIRONMENT))


def test_the_schema_would_notice_a_mistake():
    schema = json.loads(SCHEMA.read_text())
    wrong = read_compose(ENVIRONMENT)
    wrong["services"]["redis"]["depends_upon"] = []
    with pytest.raises(jsonschema.ValidationError, match="depends_upon"):
        jsonschema.Draft202012Validator(schema).validate(wrong)


def test_yaml_files_are_clean():
    yamllint = str(Path(sys.executable).with_name("yamllint"))
    files = [str(COMPOSE), str(REPOSITORY / ".yamllint.yaml")]
    ended = subprocess.run(
        [yamllint, "--strict", "-c", str(REPOSITORY / ".yamllint.yaml"), *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


@each_service
def test_an_image_is_named_by_an_exact_version(name: str):
    repository, _, tag = SERVICES[name]["image"].partition(":")
    assert repository
    assert re.match(r"\d+\.\d+\.", tag) or re.match(r"\d+\.\d+-", tag), SERVICES[name]["image"]


@each_service
def test_no_secret_is_written_down(name: str):
    for variable, value in UNFILLED[name].get("environment", {}).items():
        if value is None:  # passed on from outside
            continue
        is_secret = SECRET.search(variable) and not variable.endswith("_FILE")
        if is_secret:
            assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), variable
        if "://" in str(value) and "@" in str(value):
            assert re.search(r":\$\{\w+:\?[^}]+\}@", value), variable


@each_service
def test_a_service_has_a_health_check_or_ends_by_itself(name: str):
    healthcheck = SERVICES[name]["healthcheck"]
    if healthcheck.get("disable"):
        assert SERVICES[name]["restart"] == "no"
        users = [other for other in SERVICES.values() if name in other.get("depends_on", {})]
        conditions = {other["depends_on"][name]["condition"] for other in users}
        assert conditions == {"service_completed_successfully"}
    else:
        assert healthcheck["test"][0] in ("CMD", "CMD-SHELL")


@each_service
def test_others_wait_until_it_is_well_not_until_it_is_started(name: str):
    for other, how in SERVICES[name].get("depends_on", {}).items():
        ends = SERVICES[other]["healthcheck"].get("disable", False)
        assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")


@each_service
def test_only_this_machine_reaches_a_published_port(name: str):
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), port


@each_service
def test_a_service_can_do_no_more_than_it_must(name: str):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= set(limits)


@each_service
def test_nothing_runs_as_root(name: str):
    if SERVICES[name]["image"].startswith("aisle:"):
        last_stage = DOCKERFILES[0].read_text().rpartition("\nFROM ")[2]
        assert re.search(r"^USER (?!root|0\b)\w+$", last_stage, re.MULTILINE)
    else:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", SERVICES[name]["user"])


@each_service
def test_data_lies_in_named_volumes(name: str):
    declared = read_compose(ENVIRONMENT)["volumes"]
    for volume in SERVICES[name].get("volumes", []):
        source, _, rest = volume.partition(":")
        if source.startswith("."):
            assert (REPOSITORY / source).is_file(), source
            assert rest.endswith(":ro"), volume
        else:
            assert source in declared, volume


def test_stores_are_on_a_network_without_a_way_out():
    compose = read_compose(ENVIRONMENT)
    assert compose["networks"]["stores"] == {"internal": True}
    for name in ("postgres", "redis", "airflow-scheduler"):
        assert SERVICES[name]["networks"] == ["stores"]
    published = {name for name, service in SERVICES.items() if service.get("ports")}
    assert published == {name for name in SERVICES if "pages" in SERVICES[name]["networks"]}


def test_who_lands_and_who_loads_know_the_bucket_and_reach_it():
    for name in ("collector", "airflow-worker"):
        environment = UNFILLED[name]["environment"]
        assert {key for key, value in environment.items() if value is None} == {
            "AISLE_LANDING_URL",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL",
        }
        ways_out = set(SERVICES[name]["networks"]) - {"stores"}
        assert any(not read_compose(ENVIRONMENT)["networks"][one] for one in ways_out)
    assert "s3fs==" in (REPOSITORY / "requirements.lock").read_text()


@each_service
def test_every_aisle_variable_is_a_setting(name: str):
    known = {f"AISLE_{field.upper()}" for field in Settings.model_fields}
    used = {key for key in SERVICES[name].get("environment", {}) if key.startswith("AISLE_")}
    assert used <= known


@each_service
def test_every_command_is_one_that_exists(name: str):
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    scripts = Path(sys.executable).parent
    words = [word for part in SERVICES[name]["command"] for word in shlex.split(part)]
    for program, verb in pairwise(words):
        if program == "aisle":
            assert verb in commands
        if program in ("aisle", "airflow", "mlflow"):
            assert (scripts / program).exists()


def test_the_pool_of_the_one_writer_is_made():
    assert "airflow pools set warehouse 1 " in " ".join(SERVICES["airflow-init"]["command"])


def test_a_missing_secret_is_named():
    name = "REDIS_PASSWORD"
    with pytest.raises(KeyError, match=f"{name}: make one"):
        read_compose({key: value for key, value in ENVIRONMENT.items() if key != name})


def test_the_example_lists_the_variables_of_the_compose_file():
    lines = (DOCKER / ".env.example").read_text().splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    required = {name: not value for name, value in listed.items()}
    assert required == variables()


def test_new_secrets_are_long_different_private_and_never_replaced(tmp_path: Path):
    target = tmp_path / ".env"
    command = [sys.executable, str(DOCKER / "new_env.py"), str(target)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    written = target.read_text()
    lines = [line for line in written.splitlines() if line and not line.startswith("#")]
    values = [line.split("=", 1)[1] for line in lines if SECRET.search(line)]
    assert len(set(values)) == len(values) == 10
    assert min(map(len, values)) >= 40
    assert target.stat().st_mode & 0o777 == 0o600
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, target.read_text()) == (1, written)
    assert "stays as it is" in again.stderr


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_a_dockerfile_pins_builds_apart_and_holds_no_secret(path: Path):
    text = path.read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(bases) >= 2, "build in one stage, run in another without compilers"
    for base in bases:
        assert re.search(r":\d+\.\d+\.\d+-", base), base
    final = text.rpartition("\nFROM ")[2]
    assert "build-essential" not in final
    assert "--require-hashes" in text
    assert not re.search(r"^(ARG|ENV)\b.*(PASSWORD|SECRET|TOKEN)", text, re.MULTILINE)
    assert text.count("apt-get install") == text.count("rm -rf /var/lib/apt/lists/*")
    assert "COPY . " not in text and "ADD " not in text
    assert path.with_name(f"{path.name}.dockerignore").read_text().splitlines()[1] == "*"


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_what_a_dockerfile_copies_exists_and_is_let_in(path: Path):
    ignore = path.with_name(f"{path.name}.dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in ignore if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", path.read_text(), re.MULTILINE)
    sources = {source for line in copies for source in line.split()}
    assert all((REPOSITORY / source).exists() for source in sources)
    assert sources == let_in


def test_the_image_has_the_uv_that_make_installs():
    version = re.search(r"^UV_VERSION := (\S+)$", (REPOSITORY / "Makefile").read_text(), re.M)
    assert version
    assert f"uv=={version[1]}\n" in DOCKERFILES[0].read_text()


def test_translation_to_this_machine_changes_hosts_ports_and_folders_only(tmp_path: Path):
    fleet = Fleet({"/var/lib/mlflow": tmp_path}, {"5000": 15000, "5432": 15432})
    mlflow = native_service(read_compose(ENVIRONMENT), "mlflow", fleet)
    assert mlflow.command[:2] == ["mlflow", "server"]
    assert mlflow.command[2:6] == ["--host", "127.0.0.1", "--port", "15000"]
    assert mlflow.command[-1] == f"{tmp_path}/artifacts"
    assert mlflow.environment["MLFLOW_BACKEND_STORE_URI"].endswith("@127.0.0.1:15432/mlflow")
    assert mlflow.health and mlflow.health[-1] == "http://127.0.0.1:15000/health"


def test_a_password_that_begins_with_digits_is_no_port():
    secrets = ENVIRONMENT | {"MLFLOW_DB_PASSWORD": "5432abc"}
    mlflow = native_service(read_compose(secrets), "mlflow", Fleet({}, {"5432": 15432}))
    address = "postgresql+psycopg2://mlflow:5432abc@127.0.0.1:15432/mlflow"
    assert mlflow.environment["MLFLOW_BACKEND_STORE_URI"] == address
