"""How every benchmark reports: a table for people and a JSON file for the next comparison."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One measured figure; `bar` is what was promised, `holds` whether it was kept."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    holds: bool | None = None


def at_most(name: str, value: float, unit: str, bar: float) -> Row:
    """Return the row of a figure that must not exceed `bar`."""
    return Row(name, value, unit, bar, value <= bar)


def at_least(name: str, value: float, unit: str, bar: float) -> Row:
    """Return the row of a figure that must reach `bar`."""
    return Row(name, value, unit, bar, value >= bar)


def report(name: str, rows: list[Row], *, folder: Path = RESULTS) -> bool:
    """Print the rows, write `<name>.json` into `folder`; return whether every bar holds."""
    table = Table("figure", "value", "unit", "bar", "holds", title=f"benchmark-{name}")
    for row in rows:
        bar = "" if row.bar is None else f"{row.bar:g}"
        holds = {None: "", True: "yes", False: "NO"}[row.holds]
        table.add_row(row.name, f"{row.value:.4g}", row.unit, bar, holds)
    Console().print(table)
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps([asdict(row) for row in rows], indent=2)
    (folder / f"{name}.json").write_text(content + "\n")
    return all(row.holds is not False for row in rows)
