"""Shows how a run goes: a live table on a terminal, one line per finished step elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table

from aisle.runner.chain import Task

FINISHED = ("success", "failed", "skipped", "upstream_failed", "removed")
STYLES = {"success": "green", "failed": "bold red", "upstream_failed": "red", "running": "cyan"}


@dataclass(frozen=True)
class Line:
    """One line of progress: a step of the runner or a task of Airflow."""

    name: str
    state: str
    seconds: float | None

    @property
    def time(self) -> str:
        """Its seconds as people read them."""
        return "" if self.seconds is None else f"{self.seconds:.1f} s"


class Progress:
    """Collects steps and tasks and shows what is new."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps: list[Line] = []
        self._tasks: list[Line] = []
        self._printed: set[str] = set()
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        """Keep the live table on the terminal while the block runs."""
        if not self._console.is_terminal:
            yield self
            return
        with Live(console=self._console, get_renderable=self._table, refresh_per_second=4) as live:
            self._live = live
            yield self

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step of the runner itself while the block runs, and how long it took."""
        position, started = len(self._steps), time.monotonic()
        self._steps.append(Line(name, "running", None))
        state = "failed"
        try:
            yield
            state = "success"
        finally:
            self._steps[position] = Line(name, state, time.monotonic() - started)
            self._print_finished()

    def show_tasks(self, tasks: list[Task]) -> None:
        """Take over what Airflow reports about the tasks of the chain."""
        self._tasks = [Line(task.name, task.state, task.seconds) for task in tasks]
        self._print_finished()

    def _print_finished(self) -> None:
        if self._console.is_terminal:
            return
        for line in self._steps + self._tasks:
            if line.state in FINISHED and line.name not in self._printed:
                self._printed.add(line.name)
                self._console.print(
                    f"{line.state:>8}  {line.time:>8}  {line.name}", markup=False, highlight=False
                )

    def _table(self) -> Table:
        table = Table(box=None, header_style="dim", pad_edge=False)
        for column in ("step", "state"):
            table.add_column(column)
        table.add_column("time", justify="right")
        for line in self._steps + self._tasks:
            style = STYLES.get(line.state, "dim")
            table.add_row(line.name.replace("[", r"\["), f"[{style}]{line.state}[/]", line.time)
        return table
