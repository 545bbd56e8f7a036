"""What a border is: tables with the query that reads them, their keys and their rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from great_expectations.expectations import Expectation

QUERIES = Path(__file__).parent / "sql"


@dataclass(frozen=True, kw_only=True)
class TableCheck:
    """The rules of one table; `keys` name a row in messages, `columns` have to exist."""

    table: str
    part: str = ""  # which rows inside the table, when they are not its own
    query: str  # file in sql/
    keys: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rules: tuple[Expectation, ...]

    @property
    def label(self) -> str:
        """The name people read, such as `raw.events (order lines)`."""
        return f"{self.table} ({self.part})" if self.part else self.table

    def sql(self) -> str:
        """Return the query that reads the rows to check."""
        return (QUERIES / self.query).read_text()


@dataclass(frozen=True, kw_only=True)
class Border:
    """One border: the tables to check and the values their queries ask with."""

    name: str
    meaning: str
    rules_file: str
    tables: tuple[TableCheck, ...]
    parameters: Mapping[str, int | datetime]
