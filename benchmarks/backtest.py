"""Backtest the whole sample at its test cutoff, and let an independent judge recompute it.

Builds the sample in a workspace of its own, or uses the one that BACKTEST_HOME names.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.judge_backtest import recompute, transactions
from benchmarks.results import Row, at_least, at_most, report

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
CUTOFF, K = "2017-12-11T05:00:00", "20"
BUILD = "backtest"
STEPS = (
    ("sample", "--users", "0"),
    ("load-raw",),
    ("fix-ceiling", "--build", BUILD),
    ("check", "raw", "--build", BUILD),
    ("transform", "--build", BUILD),
    ("check", "marts", "--build", BUILD),
    ("publish", "--build", BUILD),
    ("apply-features",),
)
LARGEST_DIFFERENCE = 1e-9


def main() -> None:
    """Backtest, judge, report; exit non-zero when a figure cannot be recomputed."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="aisle-backtest-") as folder:
        home = Path(os.environ.get("BACKTEST_HOME", Path(folder) / "home")).resolve()
        if not (home / "published" / "current").exists():
            for step in STEPS:
                _aisle(home, *step)
        started = time.monotonic()
        out = Path(folder) / "backtest"
        _aisle(home, "backtest", "--cutoff", CUTOFF, "--k", K, "--out", str(out))
        seconds = time.monotonic() - started
        judged = recompute(out, transactions())
    if not report("backtest", list(_rows(judged, seconds))):
        raise SystemExit(1)


def _aisle(home: Path, *arguments: str) -> None:
    log.info("aisle %s", " ".join(arguments))
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    subprocess.run([AISLE, *arguments], env=inherited | {"AISLE_HOME": str(home)}, check=True)


def _rows(judged: pd.DataFrame, seconds: float) -> list[Row]:
    """Return the promises, then every recomputed figure."""
    difference = float((judged["stated"] - judged["recomputed"]).abs().max())
    following = judged[(judged["task"] == "next") & (judged["metric"] == "ndcg_at_10")]
    rows = [
        at_most("stated - recomputed, largest", difference, "", LARGEST_DIFFERENCE),
        at_least("best rival: next NDCG@10", float(following["recomputed"].max()), "", 0.375),
        Row("backtest of all rivals", seconds, "s"),
    ]
    return rows + [
        Row(f"{row.model}, {row.task}: {row.metric}", float(row.recomputed), "")
        for row in judged.itertuples()
    ]


if __name__ == "__main__":
    main()
