"""Shows how a run goes: a line per finished step, and on a terminal what is going on now."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from aisle.runner.chain import Task

FINISHED = ("success", "failed", "skipped", "upstream_failed", "removed")
STYLES = {"success": "green", "failed": "bold red", "running": "cyan", "skipped": "yellow"}


@dataclass(frozen=True)
class Line:
    """One line of progress: a step of the runner or a task of Airflow."""

    name: str
    state: str
    seconds: float | None

    def cells(self) -> tuple[Text, Text, Text]:
        """Return state, time and name, aligned alike in every line."""
        taken = "" if self.seconds is None else f"{self.seconds:.1f} s"
        style = STYLES.get(self.state, "dim")
        return Text(f"{self.state:<9}", style), Text(f"{taken:>8}"), Text(self.name)


class Progress:
    """Prints each step and task once it is finished; a terminal also shows what is going on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._step: tuple[str, float] | None = None
        self._tasks: list[Line] = []
        self._printed: set[str] = set()

    @contextmanager
    def shown(self) -> Iterator["Progress"]:
        """Keep what is going on at the bottom of the terminal while the block runs."""
        if not self._console.is_terminal:
            yield self
            return
        with Live(
            console=self._console,
            get_renderable=self.going_on,
            refresh_per_second=4,
            transient=True,
        ):
            yield self

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step of the runner itself while the block runs, and how long it took."""
        started = time.monotonic()
        self._step = (name, started)
        state = "failed"
        try:
            yield
            state = "success"
        finally:
            self._step = None
            self._print(Line(name, state, time.monotonic() - started))

    def show_tasks(self, tasks: list[Task]) -> None:
        """Take over what Airflow reports about the tasks of the chain."""
        self._tasks = [Line(task.name, task.state, task.seconds) for task in tasks]
        for line in self._tasks:
            if line.state in FINISHED and line.name not in self._printed:
                self._printed.add(line.name)
                self._print(line)

    def going_on(self) -> Table:
        """Return the table of what is not finished yet, and the time since the start."""
        now = time.monotonic()
        lines = [line for line in self._tasks if line.state not in FINISHED]
        if self._step is not None:
            lines.insert(0, Line(self._step[0], "running", now - self._step[1]))
        table = Table(box=None, show_header=False, pad_edge=False)
        for line in [*lines, Line("in all", "", now - self._started)]:
            table.add_row(*line.cells())
        return table

    def _print(self, line: Line) -> None:
        state, seconds, name = line.cells()
        self._console.print(Text.assemble(state, "  ", seconds, "  ", name))
