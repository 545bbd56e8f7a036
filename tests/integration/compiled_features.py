"""The features of raw rows, made in this process by the SQL that dbt compiles, without dbt."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from aisle.core.settings import REPOSITORY

DBT_PROJECT = REPOSITORY / "dbt_project"
RAW_SCHEMA = REPOSITORY / "aisle" / "pipeline" / "raw_schema.sql"
NOW = datetime(2018, 4, 4, 12)  # a Wednesday
CUTOFF = datetime(2018, 3, 5)  # a Monday, so a date of the grid
INTERACTIONS = "fct_interactions"
VARIABLES = {
    "as_of": NOW.isoformat(),
    "max_batch_id": 2,
    "pair_dates": [CUTOFF.isoformat()],
}


@dataclass(frozen=True)
class Step:
    """One model: the table it becomes and the SQL that makes it."""

    table: str
    sql: str


def compile_features(folder: Path) -> tuple[list[Step], list[str]]:
    """Return the models that features need, in order, and the feature marts that have dates."""
    command = ["compile", "--full-refresh", "--select", "+marts.features", f"+{INTERACTIONS}"]
    options = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT]
    paths = ["--target-path", folder / "target", "--log-path", folder / "logs"]
    ended = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *command]
        + [str(word) for word in (*options, *paths)]
        + ["--vars", json.dumps(VARIABLES)],
        env={**os.environ, "AISLE_WAREHOUSE_PATH": str(folder / "memory.duckdb")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    nodes = {name: node for name, node in manifest["nodes"].items() if node.get("compiled_code")}
    models = {n: node for n, node in nodes.items() if node["resource_type"] == "model"}
    steps = [_step(models[name]) for name in _in_order(models)]
    marts = [
        f"features.{node['name']}"
        for node in models.values()
        if node["schema"] == "features" and {"as_of_date", "valid_from"} & set(node["columns"])
    ]
    return steps, sorted(marts)


def _step(node: dict[str, Any]) -> Step:
    sql = node["compiled_code"].replace('"memory".', "")
    return Step(f'{node["schema"]}."{node["alias"]}"', sql)


def _in_order(models: dict[str, Any]) -> list[str]:
    done: list[str] = []

    def visit(name: str) -> None:
        if name in models and name not in done:
            for needed in models[name]["depends_on"]["nodes"]:
                visit(needed)
            done.append(name)

    for name in sorted(models):
        visit(name)
    return done


def features_of(
    steps: list[Step],
    marts: list[str],
    events: list[dict[str, Any]],
    products: list[dict[str, Any]],
    until: datetime = CUTOFF,
) -> dict[str, pd.DataFrame]:
    """Return the rows of each mart dated up to a moment, of a shop with these raw rows."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(RAW_SCHEMA.read_text())
        _insert(connection, "raw.events", events)
        _insert(connection, "raw.products", products)
        for schema in {step.table.split(".")[0] for step in steps}:
            connection.execute(f"create schema if not exists {schema}")
        for step in steps:
            connection.execute(f"create table {step.table} as {step.sql}")
        return {mart: connection.execute(_query(mart), [until]).df() for mart in marts}


def _query(mart: str) -> str:
    """A Monday's row knows what came before its midnight; so a version of that moment is later."""
    dated = "valid_from < ?" if mart.endswith("_versions") else "as_of_date <= ?"
    if mart.endswith(INTERACTIONS):
        dated = "interacted_at < ?"
    return f"select * from {mart} where {dated} order by all"


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    stamp = {"_batch_id": 1, "_loaded_at": NOW, "_source_file": "test"}
    for row in rows:
        filled = {**stamp, **row}
        names = ", ".join(f'"{name}"' for name in filled)
        places = ", ".join("?" for _ in filled)
        connection.execute(f"insert into {table} ({names}) values ({places})", [*filled.values()])
