"""What a border is: tables with the query that reads them, their keys and their rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from great_expectations.expectations import Expectation

QUERIES = Path(__file__).parent / "sql"

Parameter = int | float | str | datetime | list[str] | list[int]


class Occasion(StrEnum):
    """Why a border is checked: before a build goes on, or every night, to tell a person.

    What only a person can judge (less came in than usual, nothing came in for days) never keeps a
    build from using what there is: it warns there and fails at night.
    """

    BUILD = "build"
    NIGHT = "night"


@dataclass(frozen=True, kw_only=True)
class TableCheck:
    """The rules of one table; `keys` name a row in messages, `columns` have to exist."""

    table: str
    part: str = ""  # which rows inside the table, when they are not its own
    query: str  # file in sql/
    keys: tuple[str, ...]
    columns: tuple[str, ...] = ()
    unit: str = "rows"  # what one row of the query is, in messages
    when_empty: str = ""  # why the rules are skipped without rows; empty: they are applied anyhow
    rules: tuple[Expectation, ...]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)  # besides the border's

    @property
    def label(self) -> str:
        """The name people read, such as `raw.events (item lines)`."""
        return f"{self.table} ({self.part})" if self.part else self.table

    def sql(self) -> str:
        """Return the query that reads the rows to check."""
        return (QUERIES / self.query).read_text()


def suite_name(label: str) -> str:
    """Return a table's label as the name of its suite and of its folder in Data Docs."""
    return re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")


@dataclass(frozen=True, kw_only=True)
class Border:
    """One border: the tables to check and the values their queries ask with."""

    name: str
    build_id: str  # on whose behalf it is checked
    meaning: str
    consequence: str  # what a failed rule leads to, said first
    tables: tuple[TableCheck, ...]
    parameters: Mapping[str, Parameter]
