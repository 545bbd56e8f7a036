"""Search better parameters for every recipe on the sample, on weeks that no training is judged on.

Three searches of `aisle tune`, whose trials are processes of their own, two at a time. What each
recipe says now is judged beside what was tried. Goes on where it was killed. The two-stage trees
are left out: a trial takes minutes, and decision 15 compares their designs.
"""

import argparse
import json
import logging
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.quality import WORK, environment
from benchmarks.quality_bars import AT_ONCE
from benchmarks.results import RESULTS, Row, report
from benchmarks.sample_workspace import AISLE, frozen_sample

log = logging.getLogger(__name__)

MINUTES = "600"  # of work: no trial is left for time


@dataclass(frozen=True)
class Search:
    """Recipes that are searched together, each in so many trials besides what it says now."""

    name: str
    recipes: tuple[str, ...]
    trials: int
    metric: str = "next_ndcg_at_10"


SEARCHES = (
    Search(
        "cheap",
        (
            *("trending", "segment_popularity", "personal_frequency", "tifu_knn", "up_cf"),
            *("item_knn_tfidf", "item_knn_bm25", "svd", "als", "bpr", "ease", "content_affinity"),
        ),
        trials=8,
    ),
    Search("discovery", ("ease_popularity",), trials=8, metric="discovery_ndcg_at_10"),
    Search(
        "dear",
        (
            *("two_stage_linear", "sasrec", "gru4rec", "two_tower"),
            *("neumf", "lightfm_hybrid", "hybrid_blend", "lightfm_pure"),
        ),
        trials=5,
    ),
)


def main() -> None:
    """Search, and report what was found for each recipe."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="with benchmark-quality's home")
    parser.add_argument("--run", default="search", help="what the searches' folders are called by")
    asked = parser.parse_args()
    home = asked.work.resolve() / "home"
    frozen_sample(home)
    rows: list[Row] = []
    tables: list[pd.DataFrame] = []
    for search in SEARCHES:
        findings = searched(search, f"{asked.run}-{search.name}", home)
        found = json.loads((findings / "findings.json").read_text(encoding="utf-8"))
        rows += [row for recipe in found["recipes"] for row in rows_of(recipe, search.metric)]
        tables.append(pd.read_csv(findings / "trials.csv").assign(metric=search.metric))
        report("tuning", rows)
        pd.concat(tables).to_csv(RESULTS / "tuning_trials.csv", index=False)


def searched(search: Search, run: str, home: Path) -> Path:
    """Plan a search, take its places, finish it; return the folder of its findings."""
    planned = aisle(
        *(home, "plan", "--run", run, "--recipes", ",".join(search.recipes)),
        *("--trials", str(search.trials), "--minutes", MINUTES, "--metric", search.metric),
    )
    places = json.loads(planned.stdout.splitlines()[-1])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda place: try_place(home, run, place), places))
    log.info("%s", aisle(home, "finish", "--run", run).stdout)
    return home / "tuning" / run / "findings"


def try_place(home: Path, run: str, place: str) -> None:
    """Judge the parameters of one place; one that was judged before is only told again."""
    tried = aisle(home, "trial", "--run", run, "--trial", place, check=False)
    if tried.returncode:  # parameters that cannot be fitted: the search goes on without them
        log.error("%s failed with exit code %d", place, tried.returncode)
    else:
        log.info("%s", tried.stdout.strip().splitlines()[-1])


def aisle(home: Path, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run one command of `aisle tune` with the default settings and return what it printed."""
    inherited = {name: value for name, value in environment().items() if "AISLE_" not in name}
    return subprocess.run(
        [AISLE, "tune", *words],
        env=inherited | {"AISLE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        check=check,
    )


def rows_of(found: dict[str, Any], metric: str) -> Iterator[Row]:
    """Yield what a search found for one recipe; the bounds hold for all its trials at once."""
    name = f"{found['recipe']}: {metric}"
    yield Row(f"{name}, as it is", found["present_value"], "")
    yield Row(f"{name}, best", found["best_value"], "")
    for bound in ("mean", "low", "high"):
        yield Row(f"{name}, best - as it is, {bound}", found["difference"][bound], "")
    yield Row(f"{found['recipe']}: trials judged", found["judged"], "")
    yield Row(f"{found['recipe']}: trials left early", found["pruned"], "")
    yield Row(f"{found['recipe']}: work", found["minutes"], "min")


if __name__ == "__main__":
    main()
