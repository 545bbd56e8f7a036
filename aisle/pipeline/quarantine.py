"""Everything that could not be used, wherever it was refused: import, load or dbt."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from aisle.core.files import new_file
from aisle.core.landing import QUARANTINE
from aisle.core.landing.sinks import COLLECTED
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.loaded_files import NOTHING, new_files, read_loaded_files

SQL = Path(__file__).parent
RAW = ("raw", "quarantine")
REPLAYS = ("raw", "replays")
TABLES = {  # each with the query that shows it, and what it needs
    RAW: "quarantine_raw.sql",
    ("intermediate", "int_order_items_quarantined"): "quarantine_order_lines.sql",
}


@dataclass(frozen=True)
class Wanted:
    """Which rows to list: of one kind, with a text in the reason; empty means all.

    Events that a replay has landed are listed only with `also_replayed`.
    """

    kind: str = ""
    reason: str = ""
    also_replayed: bool = False


@dataclass(frozen=True)
class QuarantinedRow:
    """One row that could not be used."""

    kind: str
    reason: str
    source_file: str
    line_number: int
    original: str
    refused_at: str


@dataclass(frozen=True)
class ReasonCount:
    """How many rows of one kind were refused for one reason."""

    kind: str
    reason: str
    rows: int


class Quarantine:
    """The quarantined rows of a workspace, read when they are asked for."""

    def __init__(self, rows: duckdb.DuckDBPyRelation) -> None:
        """Take the query that finds the rows."""
        self._rows = rows

    def summary(self) -> list[ReasonCount]:
        """Return how many rows there are for each kind and reason, the most frequent first."""
        # The refused value stands behind a colon: left off, reasons can be counted.
        counted = self._rows.aggregate(
            "kind, split_part(reason, ': ', 1) as reason, count(*) as row_count", "all"
        )
        return [
            ReasonCount(*row) for row in counted.order("row_count desc, kind, reason").fetchall()
        ]

    def first(self, count: int) -> list[QuarantinedRow]:
        """Return the first `count` rows, by kind, file and line."""
        return [QuarantinedRow(*row) for row in self._ordered().limit(count).fetchall()]

    def write(self, path: Path) -> int:
        """Write all rows to a CSV file; return how many."""
        with new_file(path) as draft:
            self._ordered().write_csv(str(draft), header=True)
        return int(self._rows.shape[0])

    def _ordered(self) -> duckdb.DuckDBPyRelation:
        return self._rows.order("kind, source_file, line_number, reason, original")


@contextmanager
def open_quarantine(settings: Settings, wanted: Wanted) -> Iterator[Quarantine]:
    """Yield what is quarantined in the workspace, from its landing zone to its warehouse."""
    with _warehouse_or_empty(settings) as connection:
        rows = connection.sql((SQL / "quarantine_none.sql").read_text())
        for script, parameters in _waiting(settings, connection).items():
            query = (SQL / script).read_text()
            rows = rows.union(connection.sql(query, params=parameters))
        for table, script in TABLES.items():
            if _has(connection, *table):
                found = connection.sql((SQL / script).read_text())
                if table == RAW and not wanted.also_replayed and _has(connection, *REPLAYS):
                    replays = connection.table(".".join(REPLAYS))
                    found = found.join(replays, "source_file, line_number", how="anti")
                rows = rows.union(found)
        yield Quarantine(_filtered(rows, wanted))


def show_quarantine(quarantine: Quarantine, limit: int, console: Console) -> None:
    """Print how many rows were refused for which reason, then the first of them."""
    summary = quarantine.summary()
    if not summary:
        console.print("Nothing is quarantined.")
        return
    table = Table("rows", "kind", "reason")
    for line in summary:
        table.add_row(f"{line.rows:,}", line.kind, line.reason)
    console.print(table)
    for row in quarantine.first(limit):
        place = f"{row.source_file}:{row.line_number}"
        told = f"{row.kind} {place}  {row.reason}\n    {row.original}"
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    rows = sum(line.rows for line in summary)
    if rows > limit:
        console.print(f"{limit:,} of {rows:,} rows; all of them: --out FILE, more: --limit")


@contextmanager
def _warehouse_or_empty(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the warehouse, or an empty database where nothing has been loaded yet."""
    if settings.warehouse.exists():
        with reader_connection(settings) as connection:
            yield connection
    else:
        with duckdb.connect(":memory:") as connection:
            yield connection


def _waiting(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> dict[str, dict[str, object]]:
    """Return the queries, with their parameters, that show what no `load-raw` has taken up."""
    loaded = read_loaded_files(connection) if _has(connection, "raw", "loaded_files") else NOTHING
    files = [file.path for file in new_files(settings.landing, QUARANTINE, loaded).to_load]
    collector = settings.landing / QUARANTINE / COLLECTED
    collected = [str(path) for path in files if path.is_relative_to(collector)]
    imported = [str(path) for path in files if not path.is_relative_to(collector)]
    queries: dict[str, dict[str, object]] = {}
    if collected:
        queries["quarantine_collected.sql"] = {
            "files": collected,
            "landing": f"{settings.landing}/",
        }
    if imported:
        queries["quarantine_landing.sql"] = {"files": imported}
    return queries


def _has(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    query = (SQL / "quarantine_tables.sql").read_text()
    return bool(connection.execute(query, {"schema": schema, "name": name}).fetchall())


def _filtered(rows: duckdb.DuckDBPyRelation, wanted: Wanted) -> duckdb.DuckDBPyRelation:
    if wanted.kind:
        rows = rows.filter(
            duckdb.ColumnExpression("kind") == duckdb.ConstantExpression(wanted.kind)
        )
    if wanted.reason:
        reason = duckdb.FunctionExpression("lower", duckdb.ColumnExpression("reason"))
        text = duckdb.ConstantExpression(wanted.reason.lower())
        rows = rows.filter(duckdb.FunctionExpression("contains", reason, text))
    return rows
