"""docker-compose.yml as data: variables filled in, and each service translated to this machine."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aisle.core.settings import REPOSITORY

COMPOSE = REPOSITORY / "docker-compose.yml"
# A host and its port; not a role and its password, which may begin with digits.
HOST = re.compile(
    r"(?:(?<=[/@,])|^)(?:postgres|redis|mlflow|airflow-api-server|localhost)(?=:\d+(?:[/,]|$))"
)
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::([?-])([^}]*))?\})")


@dataclass(frozen=True)
class Fleet:
    """Where on this machine the containers' folders and host:port addresses are."""

    folders: Mapping[str, Path]
    ports: Mapping[str, int]


@dataclass(frozen=True)
class NativeService:
    """One service as it runs on this machine: the compose file's own words, translated."""

    name: str
    command: list[str]
    environment: dict[str, str]
    health: list[str] | None
    waits_for: dict[str, str]


def read_compose(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the compose file with `${…}` filled in; raise when a required one is missing."""
    return dict(_filled(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")), environment))


def variables() -> dict[str, bool]:
    """Return the variables that the compose file names, and whether each is required."""
    found = VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))
    return {match[2]: match[3] == "?" for match in found if match[2]}


def native_service(compose: Mapping[str, Any], name: str, fleet: Fleet) -> NativeService:
    """Return a service with container folders, host names and ports turned into local ones."""
    service = compose["services"][name]
    # A name without a value is passed on from outside, which here says nothing.
    given = service.get("environment", {}).items()
    environment = {key: str(value) for key, value in given if value is not None}
    return NativeService(
        name=name,
        command=[_translated(word, fleet) for word in service["command"]],
        environment={key: _translated(value, fleet) for key, value in environment.items()},
        health=_health(service.get("healthcheck", {}), fleet),
        waits_for={other: how["condition"] for other, how in service.get("depends_on", {}).items()},
    )


def _health(healthcheck: Mapping[str, Any], fleet: Fleet) -> list[str] | None:
    if "test" not in healthcheck:
        return None
    kind, *words = (_translated(word, fleet) for word in healthcheck["test"])
    return ["sh", "-c", *words] if kind == "CMD-SHELL" else words


def _translated(text: str, fleet: Fleet) -> str:
    text = HOST.sub("127.0.0.1", text)
    text = text.replace("0.0.0.0", "127.0.0.1")  # only a container's network is its own
    for number, port in fleet.ports.items():
        text = re.sub(rf"\b{number}\b", str(port), text)
    for folder, path in fleet.folders.items():
        text = re.sub(rf"(?<![\w/.]){re.escape(folder)}\b", str(path), text)
    return text


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environment) for item in value]
    if not isinstance(value, str):
        return value
    return VARIABLE.sub(lambda match: _value(match, environment), value)


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    if match[1]:
        return "$"  # `$$` is compose's way to leave a dollar to the shell
    name, operator, rest = match[2], match[3], match[4]
    found = environment.get(name, "")
    if found or operator is None:
        return found
    if operator == "-":
        return rest
    raise KeyError(f"{name}: {rest}")
