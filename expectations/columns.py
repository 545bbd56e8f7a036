"""The first check of a border: do its tables have the columns that the rules need?"""

import duckdb
import pandas as pd
from great_expectations import expectations as gxe

from expectations.border import QUERIES, Border, TableCheck


def columns_check(border: Border) -> TableCheck:
    """Return the rule that every required column of a border's tables is there."""
    return TableCheck(
        table=border.name,
        part="required columns",
        query="required_columns.sql",
        keys=("table_name", "column_name"),
        rules=(
            gxe.ExpectColumnValuesToBeInSet(
                column="is_there",
                value_set=[True],
                severity="critical",
                description="every required column exists",
            ),
        ),
    )


def read_required_columns(connection: duckdb.DuckDBPyConnection, border: Border) -> pd.DataFrame:
    """Return one row per required column: table_name, column_name, is_there."""
    required = [(table.table, column) for table in border.tables for column in table.columns]
    parameters = {
        "tables": [table for table, _ in required],
        "columns": [column for _, column in required],
    }
    sql = (QUERIES / "required_columns.sql").read_text()
    frame: pd.DataFrame = connection.sql(sql, params=parameters).df()
    return frame
