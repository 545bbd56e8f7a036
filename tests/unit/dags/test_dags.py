"""Rules that every DAG file keeps, and how the DAGs are wired."""

import ast
import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from aisle.cli.main import app
from aisle.core.settings import REPOSITORY
from aisle.runner.chain import CHAIN, MAY_FAIL, ONLY_AFTER

DAGS = REPOSITORY / "dags"
DAG_FILES = sorted(DAGS.glob("*.py"))
LIGHT = sys.stdlib_module_names | {"airflow", "common"}


def test_each_file_is_one_dag_of_the_same_name(dags):
    assert sorted(dags) == [path.stem for path in DAG_FILES]


def test_every_dag_has_a_page_for_the_person_on_call_and_tags(dags):
    for dag in dags.values():
        page = dag.doc_md or ""
        assert dag.tags, dag.dag_id
        for heading in ("**Runs**", "**Does**", "**Writes**", "**Rerun**", "**When it fails**"):
            assert heading in page, (dag.dag_id, heading)


def test_every_task_has_an_owner_retries_and_skips_on_99(dags):
    for dag in dags.values():
        for task in dag.tasks:
            name = f"{dag.dag_id}.{task.task_id}"
            assert task.owner not in ("", "airflow"), name
            assert task.retries >= 1, name
            assert _argument(task, "skip_on_exit_code") in (99, [99]), name
            assert _argument(task, "append_env") is True, name


def test_the_chain_is_wired_by_assets_in_the_order_the_runner_follows(dags):
    written = {
        dag.dag_id: {asset.name for task in dag.tasks for asset in task.outlets}
        for dag in dags.values()
    }
    for earlier, later in pairwise(CHAIN):
        waits_for = {asset.name for asset in dags[later].schedule}
        assert waits_for and waits_for <= written[earlier], (earlier, later)
    assert written["train_recommender"] == {"DECISION", "CHAMPION"}
    assert ONLY_AFTER == {"publish_recommendations": "CHAMPION"}
    assert dags["load_raw"].schedule is None


READ_PUBLISHED = {"feature_importance", "feature_catalogue"}


def test_only_one_task_at_a_time_opens_the_warehouse(dags):
    for dag_id in ("load_raw", "build_warehouse", "check_quality"):
        assert dags[dag_id].max_active_runs == 1
        openers = [task for task in dags[dag_id].tasks if task.task_id not in READ_PUBLISHED]
        assert {task.pool for task in openers} == {"warehouse"}


def test_a_failed_step_of_a_build_stops_all_that_follow(dags):
    dag = dags["build_warehouse"]
    order = ["fix_ceiling", "check_raw", "transform", "check_marts", "publish"]
    assert {task.trigger_rule.value for task in dag.tasks} == {"all_success"}
    for earlier, later in pairwise(order):
        assert dag.get_task(later).upstream_task_ids == {earlier}


def test_what_may_fail_is_what_others_follow_however_it_ended(dags):
    followers = {
        (dag.dag_id, task.task_id): {dag.get_task(name).trigger_rule.value for name in after}
        for dag in dags.values()
        for task in dag.tasks
        if (after := task.downstream_task_ids)
    }
    forgiven = {task for task, rules in followers.items() if rules == {"all_done_min_one_success"}}
    assert forgiven == MAY_FAIL
    assert "cold" not in dags["train_recommender"].get_task("gate").upstream_task_ids


def test_two_fits_at_once_with_one_thread_each(dags):
    fit = dags["train_recommender"].get_task("fit")
    assert fit.partial_kwargs["max_active_tis_per_dag"] == 2
    environment = fit.expand_input.value["env"].callables[0]("blend")
    assert environment["AISLE_RECIPE"] == "blend"
    threads = ("AISLE_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    assert [environment[name] for name in threads] == ["1", "1", "1"]


def test_every_task_is_an_aisle_command_that_exists_with_its_options(dags):
    root = typer.main.get_command(app)
    for dag in dags.values():
        for task in dag.tasks:
            command = _argument(task, "bash_command")
            program, *words = _with_all_options(command).split()
            assert program == "aisle", command
            options = _options_of(root, words)
            used = {word for word in words if word.startswith("--")}
            assert used <= options, command


def test_the_readme_names_every_dag_task_and_asset(dags):
    text = (DAGS / "README.md").read_text()
    for dag in dags.values():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{dag.dag_id}` |"))
        for task in dag.tasks:
            assert f"`{task.task_id}`" in row, f"{dag.dag_id}.{task.task_id}"
            for asset in task.outlets:
                assert asset.name in row, (dag.dag_id, asset.name)


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.name)
def test_a_dag_file_fits_on_a_page(path: Path):
    assert len(path.read_text().splitlines()) <= 80


@pytest.mark.parametrize("path", sorted(DAGS.rglob("*.py")), ids=lambda path: path.name)
def test_a_dag_file_imports_nothing_heavy_and_nothing_of_ours_but_common(path: Path):
    assert {name.split(".")[0] for name in _imported(path)} <= LIGHT


def _argument(task, name: str):
    return task.partial_kwargs[name] if task.is_mapped else getattr(task, name)


def _imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names


def _with_all_options(command: str) -> str:
    """Return the command with what a template may add, and with x for any other template."""
    with_added = re.sub(r"\{\{ '( .*?)' if .*?\}\}", r"\1", command)
    return re.sub(r"\{\{.*?\}\}", "x", with_added)


def _options_of(command, words: list[str]) -> set[str]:
    for word in words:
        if word in getattr(command, "commands", {}):
            command = command.commands[word]
    assert not hasattr(command, "commands"), f"`aisle {' '.join(words)}` is no command"
    return {option for parameter in command.params for option in parameter.opts}
