"""Import ten million generated rows, then load them: how fast, and in how much memory?

The floor is DuckDB alone, in the same run and under the same limits: it reads the same file and
writes the same rows as compressed JSON lines, without asking any of them whether it can be used.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psutil

from benchmarks.results import Row, at_least, at_most, report

AISLE = str(Path(sys.executable).with_name("aisle"))
SQL = Path(__file__).with_name("import_shop.sql")
ROWS = 10_000_000
BROKEN = 1_000  # rows that must be quarantined
BAR_SECONDS = 300
BAR_GIB = 3
MEMORY = "1GB"
THREADS = 2


@dataclass(frozen=True)
class Measured:
    """What one process cost."""

    seconds: float
    peak_gib: float
    output: str


def main() -> None:
    """Generate, import, load, compare with the floor, report; exit non-zero below a bar."""
    with tempfile.TemporaryDirectory(prefix="aisle-import-") as folder:
        home, events = Path(folder) / "home", Path(folder) / "events.csv"
        generate(events)
        floor_seconds = copy_with_duckdb(events, Path(folder) / "floor.jsonl.gz")
        imported = measure([AISLE, "import", "--events", str(events)], home)
        loaded = measure([AISLE, "load-raw"], home)
        rows = [
            at_most("import", imported.seconds, "s", BAR_SECONDS),
            at_most("import: peak memory", imported.peak_gib, "GiB", BAR_GIB),
            at_least("import: every row counted", _is_whole(imported.output), "", 1),
            Row("import: rows a second", ROWS / imported.seconds, "rows/s"),
            Row("floor: DuckDB reads and writes the same rows", floor_seconds, "s"),
            Row("import: times the floor", imported.seconds / floor_seconds, "x"),
            Row("file", events.stat().st_size / 2**20, "MiB"),
            Row("load-raw of the import", loaded.seconds, "s"),
            Row("load-raw: peak memory", loaded.peak_gib, "GiB"),
        ]
    if not report("import", rows):
        raise SystemExit(1)


def generate(path: Path) -> None:
    """Write the rows: four to an order on average, a thousand of them broken."""
    with _limited() as connection:
        connection.execute(SQL.read_text(), {"rows": ROWS, "broken": BROKEN, "path": str(path)})


def copy_with_duckdb(source: Path, target: Path) -> float:
    """Return the seconds DuckDB needs to read the rows and to write them as JSON lines."""
    started = time.perf_counter()
    with _limited() as connection:
        rows = connection.read_csv(str(source), all_varchar=True)
        rows.create_view("rows")
        connection.execute(
            "copy rows to $target (format json, compression gzip)", {"target": str(target)}
        )
    return time.perf_counter() - started


def measure(command: list[str], home: Path) -> Measured:
    """Run a command in a workspace of its own; return its seconds, peak memory and output."""
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    limits = {"AISLE_WAREHOUSE_MEMORY": MEMORY, "AISLE_WAREHOUSE_THREADS": str(THREADS)}
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=inherited | limits | {"AISLE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    peak = Peak(process.pid)
    peak.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    peak.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Measured(seconds, peak.most_bytes / 2**30, output)


class Peak(threading.Thread):
    """Watches the resident memory of one process until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self.most_bytes = 0

    def run(self) -> None:
        while self._process.is_running():
            try:
                self.most_bytes = max(self.most_bytes, self._process.memory_info().rss)
            except psutil.NoSuchProcess:
                return
            time.sleep(0.05)


def _is_whole(output: str) -> bool:
    """Tell whether the command said that all rows landed but the broken ones."""
    sum_of_rows = f"{ROWS:,} rows = {ROWS - BROKEN:,} landed + {BROKEN:,} quarantined"
    return sum_of_rows in output


def _limited() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"memory_limit": MEMORY, "threads": THREADS})


if __name__ == "__main__":
    main()
