"""Looks at settings: names that are none, and ports that something else has."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from aisle.core.settings import Settings
from aisle.doctor.findings import State, fail, ok, warn
from aisle.runner.lock import AIRFLOW_LOCK, holder_of
from aisle.runner.ports import is_taken, listener_on
from aisle.runner.ui_services import wanted_ports

PREFIX = "AISLE_"
OF_THE_RUNNER = {"AISLE_RECIPE", "AISLE_RUN_WORKSPACE"}  # set by us for processes of ours


def settings_names(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look for variables that look like settings and are none."""
    known = {f"{PREFIX}{name.upper()}" for name in type(settings).model_fields}
    given = {*_in_environment(), *_in_file(Path(".env"))}
    strange = sorted(given - known - OF_THE_RUNNER)
    for name in strange:
        close = get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else "See .env.example for all there are."
        yield warn(f"{name} is no setting and changes nothing", hint)
    if not strange:
        yield ok(f"{len(given & known)} of {len(known)} set, the others at their defaults")


def ports(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at the ports of `make ui`: free, or ours."""
    holder = holder_of(settings.root / AIRFLOW_LOCK)
    if holder is not None and holder.command == "aisle ui":
        yield ok(f"`aisle ui` (process {holder.process}) is using them")
        return
    wanted = wanted_ports(settings)
    taken = {setting: port for setting, port in wanted.items() if port and is_taken(port)}
    for setting, port in taken.items():
        text = f"port {port} ({setting}) is taken by {listener_on(port)}"
        yield warn(text, f"Stop it, or set {setting} to another port (0 picks one).")
    if not taken:
        yield ok(f"{', '.join(map(str, sorted(wanted.values())))} are free")


def mlflow_address(settings: Settings) -> Iterator[tuple[State, str, str]]:
    """Look at what AISLE_MLFLOW_URI names."""
    from aisle.runner.ui_services import answers, is_elsewhere

    if not settings.mlflow_uri:
        yield ok("SQLite in the workspace")
    elif is_elsewhere(settings.mlflow_uri) and not answers(settings.mlflow_uri):
        text = f"AISLE_MLFLOW_URI={settings.tracking_address} does not answer"
        yield fail(text, "Start that server, or unset AISLE_MLFLOW_URI to use the workspace.")
    else:
        yield ok(settings.tracking_address)


def _in_environment() -> set[str]:
    return {name for name in os.environ if name.startswith(PREFIX)}


def _in_file(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    names = {line.split("=", 1)[0].removeprefix("export ").strip() for line in lines if "=" in line}
    return {name for name in names if name.startswith(PREFIX)}
