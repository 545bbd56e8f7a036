"""A newcomer's first and second `make run`, from a clean clone: time, memory and quality."""

import json
import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.results import Row, at_least, at_most, report

LAST_WEEKS = "next_ndcg_at_10_test_3"  # the weeks for which figures of other models are known
log = logging.getLogger(__name__)

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLED_EVERY_SECONDS = 0.5
# Minutes: 10 and 6 with the five rivals there were first, and 3 for those that joined them since.
MOST_FIRST, MOST_SECOND = 10 + 3, 6 + 3


@dataclass(frozen=True)
class Run:
    """One `make run`: how it ended, how long it took and the most memory its tree held."""

    exit_code: int
    seconds: float
    peak_gib: float


def main() -> None:
    """Clone, run twice, report; exit non-zero when a promised figure does not hold."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="aisle-") as folder:
        clone = Path(folder) / "aisle"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        first, second = _make_run(clone), _make_run(clone)
        trainings = sorted(_trainings(clone), key=lambda training: str(training["decided_at"]))
        rows = _run_rows(first, second) + _quality_rows(trainings)
    if not report("run", rows):
        raise SystemExit(1)


def _make_run(clone: Path) -> Run:
    environment = {name: value for name, value in os.environ.items() if name[:6] != "AISLE_"}
    started = time.monotonic()
    process = subprocess.Popen(["make", "run"], cwd=clone, env=environment)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _tree_pss(process.pid))
        time.sleep(SAMPLED_EVERY_SECONDS)
    return Run(process.returncode, time.monotonic() - started, peak / 2**30)


def _tree_pss(pid: int) -> int:
    """Return the proportional set size of a process and all its descendants, in bytes."""
    return sum(_pss(process) for process in _tree(pid))


def _tree(pid: int) -> Iterator[psutil.Process]:
    try:
        root = psutil.Process(pid)
        yield from [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0


def _trainings(clone: Path) -> Iterator[dict[str, Any]]:
    for decision in (clone / ".aisle" / "training").glob("*/decision.json"):
        comparison = json.loads(decision.with_name("comparison.json").read_text())
        yield {**json.loads(decision.read_text()), "comparison": comparison}


def _run_rows(first: Run, second: Run) -> list[Row]:
    return [
        at_most("first make run: exit code", first.exit_code, "", 0),
        at_most("first make run, installation included", first.seconds / 60, "min", MOST_FIRST),
        at_most("first make run: peak memory of the tree (PSS)", first.peak_gib, "GiB", 4),
        at_most("second make run: exit code", second.exit_code, "", 0),
        at_most("second make run", second.seconds / 60, "min", MOST_SECOND),
        at_most("second make run: peak memory of the tree (PSS)", second.peak_gib, "GiB", 4),
    ]


def _quality_rows(trainings: list[dict[str, Any]]) -> list[Row]:
    first, second = trainings
    ndcg = {
        rival["recipe"]: rival["metrics"][LAST_WEEKS]["mean"]
        for rival in first["comparison"]["rivals"]
    }
    best = max(ndcg.values())
    return [
        at_least("best rival: next NDCG@10 in the last test window", best, "", 0.375),
        at_least(
            "best rival - personal frequency: next NDCG@10 in the last test window",
            best - ndcg["personal_frequency"],
            "",
            -0.001,
        ),
        at_least("first run promotes", float(first["action"] == "promote"), "", 1),
        at_most("second run promotes", float(second["action"] == "promote"), "", 0),
    ] + [Row(f"{name}: next NDCG@10", value, "") for name, value in ndcg.items()]


if __name__ == "__main__":
    main()
