"""Checks one border of a build: read each table, validate it, write down what was found."""

import logging
from collections.abc import Callable
from dataclasses import asdict

import duckdb
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionDtype

from aisle.core.builds import BuildPlan, build_folder, read_plan
from aisle.core.clock import wall_clock
from aisle.core.errors import CheckFailed
from aisle.core.files import new_folder, write_json
from aisle.core.settings import Settings
from aisle.core.warehouse import is_damage, reader_connection
from expectations import marts, raw
from expectations.border import Border, Occasion, TableCheck
from expectations.columns import columns_check, read_required_columns
from expectations.data_docs import finish_site, write_front_page
from expectations.published import last_published_batch
from expectations.report import omissions, stop_message, warnings
from expectations.results import BorderResult, RuleResult, rule_result, skipped, unreadable
from expectations.thresholds import Thresholds, read_thresholds
from expectations.validation import Validation, new_validation

log = logging.getLogger(__name__)

BORDERS: dict[str, Callable[[BuildPlan, Occasion, Thresholds], Border]] = {
    "raw": raw.border,
    "marts": marts.border,
}


def check(settings: Settings, border_name: str, build_id: str) -> BorderResult:
    """Check one border of a build; raise CheckFailed when the build has to stop."""
    plan = read_plan(settings, build_id)
    border = _border(settings, border_name, plan)
    verdict = build_folder(settings, build_id) / "checks" / f"{border.name}.json"
    verdict.unlink(missing_ok=True)  # a check that is killed leaves no old verdict behind
    with reader_connection(settings) as connection:
        result = check_border(settings, border, connection)
    write_json(verdict, {"passed": result.passed, **asdict(result)})
    tell(result)
    if not result.passed:
        raise CheckFailed(stop_message(border, result))
    return result


def _border(settings: Settings, name: str, plan: BuildPlan) -> Border:
    if name == "raw":
        since = last_published_batch(settings)
        return raw.border(plan, Occasion.BUILD, read_thresholds(), since)
    return BORDERS[name](plan, Occasion.BUILD, read_thresholds())


def check_border(
    settings: Settings, border: Border, connection: duckdb.DuckDBPyConnection
) -> BorderResult:
    """Return what the rules of `border` find, and show it in Data Docs."""
    with new_folder(settings.data_docs / border.name) as site:
        validation = new_validation(site)
        result = BorderResult(
            border=border.name,
            build_id=border.build_id,
            checked_at=f"{wall_clock():%Y-%m-%d %H:%M} UTC",
            data_docs=str(settings.data_docs / "index.html"),
            results=tuple(_check_tables(connection, border, validation)),
        )
        validation.build_data_docs()
        finish_site(site, result)
    write_front_page(settings.data_docs)
    return result


def tell(result: BorderResult) -> None:
    """Log what stops nothing and what was left out."""
    for text in warnings(result):
        log.warning("%s", text)
    for text in omissions(result):
        log.info("%s", text)


def _check_tables(
    connection: duckdb.DuckDBPyConnection, border: Border, validation: Validation
) -> list[RuleResult]:
    """Return what all rules find. A table that lacks a required column is not read."""
    try:
        required = read_required_columns(connection, border)
    except Exception as error:  # a border that cannot be looked at is broken, not a traceback
        if isinstance(error, duckdb.Error) and is_damage(error):
            raise  # the door to the warehouse says what to do
        return [unreadable(columns_check(border), error)]
    results = _validate(validation, columns_check(border), required) if len(required) else []
    incomplete = set(required.loc[required["is_missing"], "table_name"])
    for table in border.tables:
        if table.table not in incomplete:
            results += _check_rows(connection, border, table, validation)
    return results


def _check_rows(
    connection: duckdb.DuckDBPyConnection, border: Border, table: TableCheck, validation: Validation
) -> list[RuleResult]:
    try:
        frame = read_rows(connection, border, table)
    except Exception as error:  # whatever DuckDB or Arrow stumble on, the other tables go on
        return [unreadable(table, error)]
    if frame.empty and table.when_empty:
        return skipped(table)
    return _validate(validation, table, frame)


def _validate(validation: Validation, table: TableCheck, frame: pd.DataFrame) -> list[RuleResult]:
    found = validation.validate(table.label, frame, table.rules)
    return [rule_result(table, result, frame) for result in found]


def read_rows(
    connection: duckdb.DuckDBPyConnection, border: Border, table: TableCheck
) -> pd.DataFrame:
    """Return the rows to check. Text stays in Arrow memory: a tenth of Python strings."""
    [statement] = connection.extract_statements(table.sql())
    values = {**border.parameters, **table.parameters}
    parameters = {name: values[name] for name in statement.named_parameters}
    rows = connection.sql(table.sql(), params=parameters).to_arrow_table()
    frame: pd.DataFrame = rows.to_pandas(types_mapper=_text_as_arrow)
    return frame


def _text_as_arrow(kind: pa.DataType) -> ExtensionDtype | None:
    return pd.StringDtype("pyarrow") if pa.types.is_string(kind) else None
