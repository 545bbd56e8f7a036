"""Every task of every DAG file and the command it runs, read as Airflow reads the files."""

import os
import re
import shlex
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from aisle.core.settings import REPOSITORY

DAGS = REPOSITORY / "dags"
OPTION = re.compile(r"\{\{ '[^']*' if .*?\}\}")  # what only some runs add
TEMPLATE = re.compile(r"\{\{.*?\}\}|\$\w+")
PARAMETER = re.compile(r"\bparams\.(\w+)")
# What a person would be asked for when triggering a DAG: little of it, or a run would take hours.
SMALL = {"recipes": "personal_frequency", "sampler": "tpe", "trials": "1", "minutes": "30"}
# What Airflow must know before it is imported, or it would look for a workspace of its own.
AIRFLOW_OPTIONS = {
    "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
}


@dataclass(frozen=True)
class DagTask:
    """One task of a DAG file; a mapped one runs its command once for each of several values."""

    dag_id: str
    task_id: str
    command: str  # `aisle …` with Airflow's templates
    is_mapped: bool = False

    @property
    def name(self) -> str:
        """The task as Airflow and `aisle run` call it."""
        return f"{self.dag_id}.{self.task_id}"

    @property
    def words(self) -> list[str]:
        """The words by which a process of this task is known: up to the first option."""
        fixed = re.split(r"\{\{|\s--", self.command, maxsplit=1)[0]
        return fixed.split()

    def rendered(self, run: str, value: str = "") -> list[str]:
        """Return the command's words for a run of that name, and a value if it is mapped."""
        command = OPTION.sub("", self.command)
        return shlex.split(TEMPLATE.sub(lambda found: _filled(found[0], run, value), command))


def read_dags() -> dict[str, list[DagTask]]:
    """Return the tasks of each DAG file in the order in which they run.

    A process of its own reads them: Airflow changes the logging of whoever imports it.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as reader:
        return reader.submit(_read_dags).result()


def _filled(template: str, run: str, value: str) -> str:
    if template.startswith("$"):
        return value
    asked = PARAMETER.search(template)
    return SMALL[asked[1]] if asked else run


def _read_dags() -> dict[str, list[DagTask]]:
    with tempfile.TemporaryDirectory(prefix="aisle-dags-") as home:
        os.environ |= AIRFLOW_OPTIONS | {"AIRFLOW_HOME": home}
        sys.path.insert(0, str(DAGS))  # as Airflow does
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(DAGS)
    if bag.import_errors:
        raise RuntimeError(f"Airflow could not read {bag.import_errors}")
    return {
        dag_id: [_task(dag_id, operator) for operator in dag.topological_sort()]
        for dag_id, dag in bag.dags.items()
    }


def _task(dag_id: str, operator: object) -> DagTask:
    is_mapped = operator.is_mapped
    command = operator.partial_kwargs["bash_command"] if is_mapped else operator.bash_command
    return DagTask(dag_id, operator.task_id, command, is_mapped)
