"""The first check of a border: do its tables have the columns that the rules need?"""

import duckdb
import pandas as pd

from expectations.border import QUERIES, Border, TableCheck
from expectations.rules import never

MISSING_WHEN = {
    "raw": "the warehouse was made by another version of Aisle: load into a new AISLE_HOME",
    "marts": "a dbt model was changed: mend the model, or the columns in expectations/",
    "published": "a mart is no longer published",
}


def columns_check(border: Border) -> TableCheck:
    """Return the rule that every required column of a border's tables is there."""
    return TableCheck(
        table=border.name,
        part="required columns",
        query="required_columns.sql",
        keys=("table_name", "column_name"),
        rules=(
            never(
                "is_missing",
                "every required column exists",
                f"a column of {border.name}.* is missing when {MISSING_WHEN[border.name]}; "
                "column '*' means the whole table",
            ),
        ),
    )


def read_required_columns(connection: duckdb.DuckDBPyConnection, border: Border) -> pd.DataFrame:
    """Return one row per required column: table_name, column_name, is_missing."""
    required = [(table.table, column) for table in border.tables for column in table.columns]
    parameters = {
        "tables": [table for table, _ in required],
        "columns": [column for _, column in required],
    }
    sql = (QUERIES / "required_columns.sql").read_text()
    frame: pd.DataFrame = connection.sql(sql, params=parameters).df()
    return frame
