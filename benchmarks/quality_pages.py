"""Tables of a benchmark as a page of the docs, and on the terminal."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aisle.core.files import write_text
from benchmarks.quality_tables import Rows

WIDTH = 240  # of the terminal's tables, where it is not a terminal


def show(title: str, rows: Rows) -> None:
    """Print one table."""
    if not rows:
        return
    table = Table(*rows[0], title=title)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(table)


def write_page(path: Path, intro: str, tables: Mapping[str, Rows]) -> None:
    """Write the tables as Markdown below their titles."""
    parts = [intro, *(f"## {title}\n\n{markdown(rows)}" for title, rows in tables.items() if rows)]
    write_text(path, "\n\n".join(parts) + "\n")


def markdown(rows: Rows) -> str:
    """Return rows as a Markdown table."""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([str(row[name]) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
