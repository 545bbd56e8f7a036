"""Kill every task of every DAG at a random moment, run again: the same tables and recommendations.

On a small slice of the sample, with one thread. Which tasks there are is read from the DAG files,
and how long each lives is learned from a workspace that nobody disturbs. Then they are killed
- by hand: each task's command is run as the DAG says, killed some times, and run to its end;
- in `aisle run`: each round starts the chain where the last kill left the workspace, waits for one
  task's command and kills it alone, so that Airflow sees a failed task, or the whole run.
Both workspaces must end up holding what the undisturbed one holds.
"""

import json
import logging
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import duckdb

from aisle.core.landing import delivery
from aisle.core.settings import Settings
from aisle.runner.chain import CHAIN, ONLY_AFTER
from benchmarks.dag_tasks import DagTask, read_dags
from benchmarks.killing import (
    ALONE,
    Killed,
    Plan,
    kill_by_hand,
    kill_in_run,
    plan_kills,
    run,
    task_seconds,
)
from benchmarks.results import Row, at_least, at_most, report
from benchmarks.workspace_state import (
    Tables,
    breaks_in,
    differing_recommendations,
    offline_users,
    published_tables,
    read_history,
)

log = logging.getLogger(__name__)

SAMPLE = DagTask("aisle run", "sample", "aisle sample")  # what the runner does before the chain
RUN = ["aisle", "run"]
HISTORY = ["aisle", "history", "--json"]
BY_HAND = "by-hand"
KILLS_BY_HAND = 2
LATER_DAY = Path(__file__).with_name("later_day.sql")
SEED = 7


@dataclass
class Pair:
    """A workspace that nobody disturbs and one in which everything is killed; the same data."""

    undisturbed: Path
    killed: Path
    days: int = 0  # how many days' deliveries came after the sample
    expected: list[Tables] = field(default_factory=list)  # by the number of days
    seconds: dict[str, float] = field(default_factory=dict)  # that each task takes

    def run_undisturbed(self) -> Row:
        """Run the chain in the undisturbed workspace and keep what it publishes."""
        exit_code = run(RUN, self.undisturbed).returncode
        self.expected.append(published_tables(self.undisturbed))
        return at_most(f"undisturbed run, {self.days} days later: exit code", exit_code, "", 0)

    def deliver_a_day(self) -> None:
        """Let the orders of a new day land in both workspaces."""
        self.days += 1
        for home in (self.undisturbed, self.killed):
            land_later_day(home, self.days)


def main() -> None:
    """Kill in every task, compare, report; exit non-zero when anything differs."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    dags = read_dags()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aisle-kills-") as folder:
        pair = Pair(Path(folder) / "undisturbed", Path(folder) / "killed")
        rows = []
        for row in chain(
            _run_undisturbed(dags, pair),
            _kill_by_hand(dags, Path(folder), pair),
            _kill_in_runs(dags, pair),
        ):
            log.info("%s: %g %s", row.name, row.value, "MISSED" if row.holds is False else "")
            rows.append(row)
    rows.append(Row("all of it", (time.monotonic() - started) / 60, "minutes"))
    if not report("kills", rows):
        raise SystemExit(1)


def _run_undisturbed(dags: dict[str, list[DagTask]], pair: Pair) -> Iterator[Row]:
    """Run everything where nobody disturbs it, and learn how long each task takes."""
    pair.seconds[SAMPLE.name] = _timed(SAMPLE, pair.undisturbed)
    yield pair.run_undisturbed()
    pair.seconds |= task_seconds(pair.undisturbed)
    for task in (task for dag_id in dags if dag_id not in CHAIN for task in dags[dag_id]):
        pair.seconds[task.name] = _timed(task, pair.undisturbed)


def _timed(task: DagTask, home: Path) -> float:
    started = time.monotonic()
    ended = run(task.rendered(BY_HAND), home)
    if ended.returncode:
        raise RuntimeError(f"{task.command} failed undisturbed:\n{ended.stdout}{ended.stderr}")
    return time.monotonic() - started


def _kill_in_runs(dags: dict[str, list[DagTask]], pair: Pair) -> Iterator[Row]:
    """Kill every task of the chain, one after the other, in the workspace as the last left it."""
    tasks = [SAMPLE, *(task for dag_id in CHAIN for task in dags[dag_id])]
    kills = list(plan_kills(tasks, pair.seconds, random.Random(SEED)))
    for number, plan in enumerate(kills, start=1):
        log.info("kill %d of %d: %s", number, len(kills), plan.task.name)
        yield from _round(plan, pair, f"{number:02}")
    ended = run(RUN, pair.killed)
    yield at_most("the run after all kills: exit code", ended.returncode, "", 0)
    yield from _compare("after all kills", pair.killed, pair)


def _round(plan: Plan, pair: Pair, number: str) -> Iterator[Row]:
    killed = kill_in_run(plan, pair.killed)
    if not killed.reached and plan.task.dag_id in ONLY_AFTER:
        pair.deliver_a_day()  # on data that it knows the gate promotes nothing
        yield pair.run_undisturbed()
        killed = kill_in_run(plan, pair.killed)
    name = f"{number} {plan.task.name}, {killed.victim} killed after {plan.after_seconds:.1f} s"
    yield at_least(f"{name}: killed at work", killed.reached, "", 1)
    if killed.victim == ALONE:
        yield at_least(f"{name}: the run ends saying so", _says_so(plan, killed), "", 1)
    found = published_tables(pair.killed)
    if found:  # readers between two runs meet whole tables or none
        yield _same(name, found, pair.expected)
    else:
        yield Row(f"{name}: nothing published yet", 0, "tables")


def _says_so(plan: Plan, killed: Killed) -> bool:
    """Tell whether a run whose task was killed failed and named the task with its log's end."""
    name = f"`{plan.task.command}`" if plan.task == SAMPLE else plan.task.name
    message = killed.output.rpartition(name)[2]
    is_said = " failed." in message and "killed (signal 9)" in " ".join(message.split())
    if not (killed.exit_code and is_said):
        log.warning("exit code %d:\n%s", killed.exit_code, killed.output)
    return bool(killed.exit_code) and is_said


def _kill_by_hand(dags: dict[str, list[DagTask]], folder: Path, pair: Pair) -> Iterator[Row]:
    """Run the commands of all DAGs by hand; kill each some times at random, then let it end."""
    home = folder / "by_hand"
    chance = random.Random(SEED)
    order = [*CHAIN, *(dag_id for dag_id in sorted(dags) if dag_id not in CHAIN)]
    tasks = [SAMPLE, *(task for dag_id in order for task in dags[dag_id])]
    failed, killed, output = [], 0, ""
    for task in tasks:
        values = json.loads(output.splitlines()[-1]) if task.is_mapped else [""]
        for words in (task.rendered(BY_HAND, value) for value in values):
            for _ in range(KILLS_BY_HAND):
                after = chance.uniform(0.02, 0.95) * pair.seconds[task.name]
                killed += kill_by_hand(words, home, after)
            ended = run(words, home)
            output = ended.stdout
            log.info("%s ended with %d", " ".join(words), ended.returncode)
            if ended.returncode:
                failed.append(words)
                log.warning("%s%s", ended.stdout[-2000:], ended.stderr[-2000:])
    yield at_least("by hand: tasks of all DAGs", len(tasks), "", 1 + sum(map(len, dags.values())))
    yield at_least("by hand: kills that met a command at work", killed, "", len(tasks))
    yield at_most("by hand: commands that failed after their kills", len(failed), "", 0)
    alike = _verdicts(home) == _verdicts(pair.undisturbed)
    yield at_least("by hand: rules of the night judged alike", alike, "", 1)
    yield from _compare("by hand", home, pair)


def _verdicts(home: Path) -> object:
    """Return what the nightly check found, apart from when and from what runs are called."""
    record = json.loads((home / "data_docs" / "history" / f"{BY_HAND}.json").read_text())
    return [
        (border["border"], result["table"], result["rule"], result["outcome"])
        for border in record["borders"]
        for result in border["results"]
    ]


def _compare(how: str, home: Path, pair: Pair) -> Iterator[Row]:
    """Compare a workspace in which everything was killed with the undisturbed one."""
    yield _same(how, published_tables(home), pair.expected[-1:])
    rows, differing = differing_recommendations(home, pair.undisturbed)
    yield at_least(f"{how}: recommendations of an undisturbed run", rows, "rows", 1)
    yield at_most(f"{how}: recommendations that differ, scores and all", differing, "rows", 0)
    yield at_most(f"{how}: users whose online list differs", len(offline_users(home)), "", 0)
    history = read_history(run(HISTORY, home).stdout)
    broken = breaks_in(history)
    log.info("%d moves; what does not make sense: %s", len(history), broken or "nothing")
    yield at_least(f"{how}: moves of the champion", len(history), "", 1)
    yield at_most(f"{how}: breaks in the champion's history", len(broken), "", 0)


def _same(name: str, found: Tables, allowed: list[Tables]) -> Row:
    """Return how many tables are those of a whole publication, the best match of the allowed."""
    equal = max(
        sum(found.get(table) == content for table, content in expected.items())
        for expected in allowed
    )
    return at_least(f"{name}: equal tables of {len(allowed[-1])}", equal, "", len(allowed[-1]))


def land_later_day(home: Path, days: int) -> None:
    """Deliver the last day's orders again, as those of a day that many days later."""
    landing = Settings(home=home).landing
    files = sorted((landing / "events").rglob("complete-journey.jsonl.gz"))
    with delivery(landing) as folder, duckdb.connect() as connection:
        (folder / "events").mkdir()
        orders = connection.sql(LATER_DAY.read_text(), params={"day": str(files[-1]), "days": days})
        orders.create("orders")
        target = folder / "events" / f"later-{days}.jsonl"
        connection.execute("copy orders to $target (format json)", {"target": str(target)})


if __name__ == "__main__":
    main()
