"""Every rival on the same windows, where users are known and where users or items are new.

A run that was killed goes on where it stopped: what a rival's process has finished is kept in the
folder `--work` until recipe, data or code change. Two rivals at a time, each in a process of its
own, so that its memory is its own.
"""

import argparse
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aisle.core.settings import REPOSITORY
from benchmarks.quality_backtest import TASKS, Verdict, per_user, verdict
from benchmarks.quality_bars import AT_ONCE
from benchmarks.quality_report import report_quality
from benchmarks.quality_rival import MOST_SECONDS
from benchmarks.quality_tables import NDCG, RivalPieces, measured, of_task, read_rival
from benchmarks.results import RESULTS
from benchmarks.sample_workspace import frozen_sample, run_aisle
from training.backtest import chosen_recipes
from training.backtest_folder import only_run
from training.dataset import Snapshot, read_snapshot
from training.recipes import Recipe, load_recipes

log = logging.getLogger(__name__)

WORK = REPOSITORY / ".aisle-quality"
PEERS = 2  # so many of the best peers of each task are backtested beside the best of ours
K = "20"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    work: Path
    home: Path  # the workspace whose published sample is judged on
    snapshot: Path | None
    only: tuple[str, ...]
    at_once: int
    threads: int
    cold_limit: float
    is_any_code: bool
    has_backtest: bool


def main() -> None:
    """Judge, compare, report; exit non-zero when a rival failed or a promised figure is missed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    asked = _asked()
    with only_run(asked.work):
        folder = asked.snapshot or frozen_sample(asked.home)
        snapshot = read_snapshot(folder)
        recipes = chosen_recipes(load_recipes(), asked.only)
        failed = run_rivals(asked, folder, recipes)
        windows = [window.name for window in snapshot.windows.tests]
        folders = asked.work / "rivals"
        found = [read_rival(folders / one.name, one, windows, asked.cold_limit) for one in recipes]
        rivals = [one for one in found if one is not None and one.name not in failed]
        if not rivals:
            raise SystemExit(f"No rival was judged to the end: see {asked.work / 'logs'}.")
        verdicts = _backtested(asked, snapshot, rivals) if asked.has_backtest else []
        holds = report_quality(_tables(asked), snapshot, rivals, verdicts)
    for name in failed:
        log.error("%s failed: see %s", name, _log_file(asked, name))
    if failed or not holds:
        raise SystemExit(1)


def _asked() -> Asked:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="what is done already")
    parser.add_argument("--home", type=Path, help="a workspace with the published sample")
    parser.add_argument("--snapshot", type=Path, help="a frozen snapshot of it")
    parser.add_argument("--only", default="", help="recipes with commas between; all if empty")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--threads", type=int, default=1, help="of each rival")
    parser.add_argument(
        "--cold-limit",
        type=float,
        default=MOST_SECONDS,
        help="processor seconds of a window from which a peer is left out of the folds",
    )
    parser.add_argument("--any-code", action="store_true", help="keep what other code made")
    parser.add_argument("--no-backtest", action="store_true", help="leave the finalists' out")
    given = parser.parse_args()
    return Asked(
        work=given.work.resolve(),
        home=(given.home or given.work / "home").resolve(),
        snapshot=given.snapshot and given.snapshot.resolve(),
        only=tuple(name for name in given.only.split(",") if name),
        at_once=given.at_once,
        threads=given.threads,
        cold_limit=given.cold_limit,
        is_any_code=given.any_code,
        has_backtest=not given.no_backtest,
    )


def _tables(asked: Asked) -> Path:
    """Return where tables are kept: those of some rivals alone are no result."""
    return asked.work / "tables" if asked.only else RESULTS


def run_rivals(asked: Asked, snapshot: Path, recipes: Sequence[Recipe]) -> list[str]:
    """Let each rival's process make what is missing, so many at a time; return who failed.

    The last recipes are the heaviest, so they start first and none of them runs on alone.
    """
    waiting, running, failed = list(recipes), {}, []
    try:
        while waiting or running:
            while waiting and len(running) < asked.at_once:
                recipe = waiting.pop()
                running[recipe.name] = _started(asked, snapshot, recipe.name)
            time.sleep(0.5)
            for name in [name for name, process in running.items() if process.poll() is not None]:
                code = running.pop(name).returncode
                log.info("%s: %s, %d to go", name, "done" if code == 0 else "failed", len(waiting))
                failed += [name] if code else []
    finally:
        for process in running.values():
            process.terminate()
    return failed


def _started(asked: Asked, snapshot: Path, name: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.quality_rival", "--recipe", name]
    command += ["--snapshot", str(snapshot), "--out", str(asked.work / "rivals" / name)]
    command += ["--threads", str(asked.threads), "--cold-limit", str(asked.cold_limit)]
    command += ["--any-code"] if asked.is_any_code else []
    path = _log_file(asked, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as output:
        return subprocess.Popen(
            command, env=environment(asked.threads), cwd=REPOSITORY, stdout=output, stderr=output
        )


def environment(threads: int = 1) -> dict[str, str]:
    """Return the environment of a rival's process, which keeps to so many threads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return os.environ | dict.fromkeys(names, str(threads))


def _log_file(asked: Asked, name: str) -> Path:
    return asked.work / "logs" / f"{name}.log"


def _backtested(asked: Asked, snapshot: Snapshot, rivals: Sequence[RivalPieces]) -> list[Verdict]:
    """Return the verdicts on the last test weeks, from the files that `aisle backtest` writes."""
    finalists = _finalists(rivals)
    ours = [one.name for one in rivals if one.is_ours and one.name in finalists]
    if not ours or len(finalists) == len(ours):
        return []
    last = snapshot.windows.tests[-1]
    out = asked.work / "backtest"
    command = ["backtest", "--cutoff", last.cutoff.isoformat(), "--k", K, "--out", str(out)]
    command += ["--horizon-days", f"{snapshot.windows.horizon / timedelta(days=1):g}"]
    command += ["--models", ",".join(finalists)]
    run_aisle(asked.home, *command)
    return [verdict(task, table, ours) for task, table in per_user(out, finalists).items()]


def _finalists(rivals: Sequence[RivalPieces]) -> list[str]:
    """Return the best of ours and the best peers of each task."""
    names = []
    for task in TASKS:
        means = measured(rivals, of_task(rivals, task), NDCG).values.mean()
        means = means.sort_values(ascending=False)
        ours = [one.name for one in rivals if one.is_ours]
        names += [name for name in means.index if name in ours][:1]
        names += [name for name in means.index if name not in ours][:PEERS]
    return list(dict.fromkeys(map(str, names)))


if __name__ == "__main__":
    main()
