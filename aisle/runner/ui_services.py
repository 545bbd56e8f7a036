"""The processes and pages of `aisle ui`: what is started, where it answers, and how one knows."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from aisle.core.settings import Settings
from aisle.runner.airflow_database import airflow_executable
from aisle.runner.guard import COMPONENTS
from aisle.runner.keeper import Service, always
from aisle.runner.mlflow_server import has_trainings, server_command, server_environment
from aisle.runner.pages import Site
from aisle.runner.ports import HOST

AIRFLOW = "AISLE_AIRFLOW_PORT"
MLFLOW = "AISLE_MLFLOW_PORT"
SERVING = "AISLE_SERVING_PORT"
COLLECTOR = "AISLE_COLLECTOR_PORT"
DOCS = "AISLE_DOCS_PORT"
SERVER_ERROR = 500


@dataclass(frozen=True)
class Page:
    """What people open: its address, who keeps it, how to log in, and what it says now."""

    title: str
    address: str
    kept_by: tuple[str, ...]
    is_answering: Callable[[], bool]
    login: str = "none"
    says: Callable[[], str] = lambda: ""
    can_answer: Callable[[], bool] = always


@dataclass(frozen=True)
class Logins:
    """What people are asked for, as it is shown to them."""

    airflow: str
    collector: str = "write key"


def wanted_ports(settings: Settings) -> dict[str, int]:
    """Return the port of each setting that `aisle ui` listens on."""
    ports = {
        AIRFLOW: settings.airflow_port,
        SERVING: settings.serving_port,
        COLLECTOR: settings.collector_port,
        DOCS: settings.docs_port,
    }
    return ports if is_elsewhere(settings.mlflow_uri) else {**ports, MLFLOW: settings.mlflow_port}


def is_elsewhere(mlflow_uri: str) -> bool:
    """Return whether MLflow is a server that runs already."""
    return mlflow_uri.startswith(("http://", "https://"))


def services(
    settings: Settings, ports: Mapping[str, int], airflow: dict[str, str], mark: Mapping[str, str]
) -> list[Service]:
    """Return the processes to keep running; `airflow` is the environment of Airflow's own."""
    logs = settings.airflow / "logs"
    kept = [
        Service(
            f"Airflow's {name}", (airflow_executable(), *arguments), airflow, logs / f"{name}.log"
        )
        for name, arguments in COMPONENTS.items()
    ]
    kept += [
        _aisle("API", "serve", {**mark, SERVING: str(ports[SERVING])}, logs),
        _aisle("Collector", "collect", {**mark, COLLECTOR: str(ports[COLLECTOR])}, logs),
    ]
    if MLFLOW in ports:
        kept.append(
            Service(
                "MLflow",
                server_command(ports[MLFLOW]),
                {**server_environment(settings), **mark},
                logs / "mlflow.log",
                can_start=lambda: has_trainings(settings),
            )
        )
    return kept


def _aisle(name: str, verb: str, own: Mapping[str, str], logs: Path) -> Service:
    """Return one of our own commands as a process to keep running."""
    command = (str(Path(sys.executable).with_name("aisle")), verb)
    return Service(name, command, {**os.environ, **own}, logs / f"{verb}.log")


def sites(settings: Settings) -> dict[str, Site]:
    """Return the folders of pages, by the first part of their path."""
    return {
        "data_docs": Site(
            settings.data_docs,
            "Data Docs",
            "is the data fit to use? every rule at both borders",
            "There are no Data Docs yet: `make run` makes them when it checks the data.",
        ),
        "feature_catalogue": Site(
            settings.feature_catalogue,
            "Feature catalogue",
            "every feature: meaning, freshness, values, what it is worth",
            "There is no feature catalogue yet: `aisle feature-catalogue` makes it from what is "
            "published.",
        ),
        "dbt_docs": Site(
            settings.dbt_docs,
            "dbt docs",
            "every table and column, and where it comes from",
            "There are no dbt docs yet: `aisle dbt-docs` makes them from the last build.",
        ),
    }


def pages(
    settings: Settings,
    ports: Mapping[str, int],
    airflow_answers: Callable[[], bool],
    logins: Logins,
) -> list[Page]:
    """Return what people open, the start page first."""
    return [
        *_site_pages(settings, address(ports[DOCS])),
        Page(
            "Airflow",
            address(ports[AIRFLOW]),
            tuple(f"Airflow's {name}" for name in COMPONENTS),
            airflow_answers,
            login=logins.airflow,
            says=lambda: "DAGs, their runs and logs",
        ),
        _mlflow_page(settings, ports),
        Page(
            "API",
            f"{address(ports[SERVING])}/docs",
            ("API",),
            lambda: answers(f"{address(ports[SERVING])}/healthz"),
            says=lambda: _api_says(address(ports[SERVING])),
        ),
        Page(
            "Collector",
            f"{address(ports[COLLECTOR])}/docs",
            ("Collector",),
            lambda: answers(f"{address(ports[COLLECTOR])}/healthz"),
            login=logins.collector,
            says=lambda: "takes the events of Segment, RudderStack and Mixpanel clients",
        ),
    ]


def address(port: int) -> str:
    """Return the address of a port of loopback."""
    return f"http://{HOST}:{port}"


def answers(url: str) -> bool:
    """Return whether something answers at an address without an error of its own."""
    status = _status(url)
    return status is not None and status < SERVER_ERROR


def _site_pages(settings: Settings, start: str) -> list[Page]:
    def is_answering() -> bool:
        return answers(f"{start}/data_docs/")  # the start page itself asks all the others

    start_page = Page("Start page", start, (), is_answering, says=lambda: "leads to all of these")
    return [
        start_page,
        *(
            Page(
                site.title,
                f"{start}/{name}/",
                (),
                is_answering,
                says=lambda site=site: site.about if site.exists else site.how_to_make,  # type: ignore[misc]
            )
            for name, site in sites(settings).items()
        ),
    ]


def _mlflow_page(settings: Settings, ports: Mapping[str, int]) -> Page:
    if MLFLOW not in ports:
        uri = settings.mlflow_uri
        return Page(
            "MLflow",
            settings.tracking_address,
            (),
            lambda: answers(uri),
            says=lambda: "runs elsewhere",
        )
    return Page(
        "MLflow",
        address(ports[MLFLOW]),
        ("MLflow",),
        lambda: answers(f"{address(ports[MLFLOW])}/health"),
        says=lambda: (
            "trainings and registered models"
            if has_trainings(settings)
            else "comes up by itself when the first training begins (`make run`)"
        ),
        can_answer=lambda: has_trainings(settings),
    )


def _api_says(api: str) -> str:
    if _status(f"{api}/readyz") == httpx.codes.OK:
        return "recommendations of the champion"
    return "answers 503 until there is a champion (`make run`)"


def _status(url: str) -> int | None:
    try:
        with httpx.Client(trust_env=False, timeout=5) as client:
            return client.get(url).status_code
    except httpx.HTTPError:
        return None
