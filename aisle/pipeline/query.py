"""Questions people ask by hand: SQL over the published marts, or over the warehouse itself."""

from dataclasses import dataclass
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, reader_connection

HINT = {
    False: 'The tables are: aisle sql "show tables"',
    True: 'The tables are: aisle sql --raw "show all tables"',
}


@dataclass(frozen=True)
class Answer:
    """Rows of a query, with the names of their columns."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Return one dictionary per row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def query(settings: Settings, text: str, *, raw: bool) -> Answer:
    """Return the answer to one statement. Neither connection can write to what it reads."""
    connect = reader_connection if raw else published_connection
    with connect(settings) as connection:
        try:
            cursor = connection.execute(text)
            return Answer([column[0] for column in cursor.description or []], cursor.fetchall())
        except duckdb.Error as error:
            where = "the warehouse" if raw else "the published marts"
            raise AisleError(
                f"DuckDB cannot answer this on {where}: {error}\n{HINT[raw]}"
            ) from error


def render(answer: Answer, limit: int) -> None:
    """Print the first `limit` rows as a table."""
    table = Table(*answer.columns)
    for row in answer.rows[:limit]:
        table.add_row(*("" if value is None else str(value) for value in row))
    console = Console()
    console.print(table)
    if len(answer.rows) > limit:
        console.print(f"{limit} of {len(answer.rows):,} rows; see more with --limit or --json")
