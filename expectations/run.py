"""Checks one border: read each table, validate it, write down what was found."""

import logging
from dataclasses import asdict

import duckdb
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionDtype

from aisle.core.builds import BuildPlan, build_folder, read_plan
from aisle.core.errors import CheckFailed
from aisle.core.files import write_json
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from expectations import raw, training_set
from expectations.border import Border, TableCheck
from expectations.columns import columns_check, read_required_columns
from expectations.great_expectations_project import Project, new_project
from expectations.report import stop_message, warnings
from expectations.results import BorderResult, Outcome, RuleResult, rule_result

log = logging.getLogger(__name__)

BORDERS = {"raw": raw.border, "marts": training_set.border}


def check(settings: Settings, border_name: str, build_id: str) -> BorderResult:
    """Check one border of a build; raise CheckFailed when the build has to stop."""
    plan = read_plan(settings, build_id)
    border = BORDERS[border_name](plan)
    result = check_border(settings, border, plan)
    for paragraph in warnings(result):
        log.warning("%s", paragraph)
    if not result.passed:
        raise CheckFailed(stop_message(border, result))
    return result


def check_border(settings: Settings, border: Border, plan: BuildPlan) -> BorderResult:
    """Return what the rules of `border` find; write it down as JSON and as Data Docs."""
    folder = build_folder(settings, plan.build_id) / "checks"
    verdict = folder / f"{border.name}.json"
    verdict.unlink(missing_ok=True)  # a check that is killed leaves no old verdict behind
    project = new_project(folder / "gx" / border.name, settings.data_docs / border.name)
    with reader_connection(settings) as connection:
        results = _check_tables(connection, border, project)
    result = BorderResult(
        border=border.name,
        build_id=plan.build_id,
        data_docs=str(project.build_data_docs()),
        results=tuple(results),
    )
    write_json(verdict, {"passed": result.passed, **asdict(result)})
    return result


def _check_tables(
    connection: duckdb.DuckDBPyConnection, border: Border, project: Project
) -> list[RuleResult]:
    """Return what all rules find. A table that lacks a required column is not read."""
    required = read_required_columns(connection, border)
    results = _validate(project, columns_check(border), required)
    incomplete = set(required.loc[~required["is_there"], "table_name"])
    for table in border.tables:
        if table.table not in incomplete:
            results += _check_rows(connection, border, table, project)
    return results


def _check_rows(
    connection: duckdb.DuckDBPyConnection, border: Border, table: TableCheck, project: Project
) -> list[RuleResult]:
    try:
        frame = read_rows(connection, border, table)
    except duckdb.Error as error:
        return [_unreadable(table, error)]
    return _validate(project, table, frame)


def _validate(project: Project, table: TableCheck, frame: pd.DataFrame) -> list[RuleResult]:
    found = project.validate(table.label, frame, table.rules)
    return [rule_result(table.label, result, frame, table.keys) for result in found]


def read_rows(
    connection: duckdb.DuckDBPyConnection, border: Border, table: TableCheck
) -> pd.DataFrame:
    """Return the rows to check. Text stays in Arrow memory: a tenth of Python strings."""
    sql = table.sql()
    parameters = {name: value for name, value in border.parameters.items() if f"${name}" in sql}
    rows = connection.sql(sql, params=parameters).to_arrow_table()
    frame: pd.DataFrame = rows.to_pandas(types_mapper=_text_as_arrow)
    return frame


def _text_as_arrow(kind: pa.DataType) -> ExtensionDtype | None:
    return pd.StringDtype("pyarrow") if pa.types.is_string(kind) else None


def _unreadable(table: TableCheck, error: duckdb.Error) -> RuleResult:
    return RuleResult(
        table=table.label,
        rule=f"its rows can be read with expectations/sql/{table.query}",
        expectation=type(error).__name__,
        severity="critical",
        outcome=Outcome.BROKEN,
        error=str(error),
    )
