"""Questions people ask by hand: SQL over the published marts, or over the warehouse itself."""

from dataclasses import dataclass
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import is_damage, published_connection, reader_connection

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
    if not text.strip():
        raise AisleError(f"The question is empty: write one SELECT. {HINT[raw]}")
    connect = reader_connection if raw else published_connection
    with connect(settings) as connection:
        try:
            cursor = connection.execute(text)
            return Answer([column[0] for column in cursor.description or []], cursor.fetchall())
        except duckdb.Error as error:
            if is_damage(error):
                raise
            where = "the warehouse" if raw else "the published marts"
            raise AisleError(
                f"DuckDB cannot answer this on {where}: {error}\n{HINT[raw]}"
            ) from error


def render(answer: Answer, limit: int) -> None:
    """Print the first `limit` rows: as a table, or one column a line where that is too wide."""
    console = Console()
    shown = answer.rows[:limit]
    table = _table(answer.columns, shown)
    if table.__rich_measure__(console, console.options).maximum <= console.width:
        console.print(table)
    else:
        _print_upright(console, answer.columns, shown)
    if len(answer.rows) > limit:
        console.print(f"{limit} of {len(answer.rows):,} rows; see more with --limit or --json")


def _table(columns: list[str], rows: list[tuple[Any, ...]]) -> Table:
    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    return table


def _print_upright(console: Console, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    width = max(len(column) for column in columns)
    for number, row in enumerate(rows, start=1):
        console.rule(f"row {number}", align="left")
        for column, value in zip(columns, row, strict=True):
            console.print(f"{column:>{width}}  {_text(value)}", markup=False, highlight=False)


def _text(value: object) -> str:
    return "" if value is None else str(value)
