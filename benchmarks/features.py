"""Build all features of the sample year, a day more of them, and those of shops of other sizes.

The sample is built once without its features. Then each measurement is one dbt process with the
limits of a laptop (1 GB for DuckDB, two threads; 4 GB for the shop ten times as large): its memory
is watched, and the seconds are counted that the queries of the feature models took, as dbt's log
says of each statement. Beside them are the seconds of dbt's models: what dbt spends on a model's
templates and transactions is the same for a row as for a million, so it weighs far more in a day
than in a full build.
"""

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb

from aisle.core.builds import BuildPlan, build_folder
from aisle.core.settings import Settings
from aisle.core.windows import pair_dates
from aisle.pipeline.build import dbt_command, dbt_environment, fix_ceiling
from aisle.pipeline.load_raw import load_raw
from aisle.pipeline.sample import land_sample
from benchmarks.import_shop import Peak
from benchmarks.results import Row, at_most, report

log = logging.getLogger(__name__)

SCALED = Path(__file__).with_name("features_scaled.sql")
# What only features need: of shared models only the tables are read.
FEATURES = ("--select", "+marts.features", "--exclude", "+marts.core", "int_item_categories")
SHARED = ("--select", "+marts.core", "int_item_categories", "+int_feature_events_selected")
SCALES = (0.1, 1.0, 10.0)
STATEMENT = re.compile(r"SQL status: OK in ([\d.]+) seconds")
DAY = timedelta(days=1)
FIRST_ORDER = datetime(2017, 1, 1)  # of the sample
HORIZON_DAYS = 21  # of its trainings
BAR_SECONDS = 120
BAR_GIB = 3
BAR_INCREMENT = 0.2
BAR_GROWTH = 12  # ten times the shop: linear, and what no longer fits into a processor's caches
LARGE_SHOP_MEMORY = "4GB"  # AISLE_WAREHOUSE_MEMORY of who has ten times the sample


@dataclass(frozen=True)
class Cost:
    """What one dbt process cost: its queries, its models, the processor, the peak of memory."""

    query_seconds: float
    model_seconds: float
    cpu_seconds: float
    wall_seconds: float
    peak_gib: float


def main() -> None:
    """Measure, report and exit non-zero below a bar; `--scales 0.1,1` leaves out the large shop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", default=",".join(map(str, SCALES)))
    scales = [float(scale) for scale in parser.parse_args().scales.split(",")]
    with tempfile.TemporaryDirectory(prefix="aisle-features-") as folder:
        shop = Settings(home=Path(folder) / "home")
        plan = shop_without_features(shop)
        rows = sample_rows(shop, plan)
        holds = report("features", rows)  # the large shop takes a while: this is kept already
        for scaled in scaling_rows(shop, plan, scales):
            holds = report("features", rows + scaled)
    if not holds:
        raise SystemExit(1)


def shop_without_features(settings: Settings) -> BuildPlan:
    """Land, load and build the sample, all but what only features need."""
    land_sample(settings, 0)
    load_raw(settings)
    plan = fix_ceiling(settings, "benchmark", horizon_days=HORIZON_DAYS)
    measure(settings, plan, SHARED)
    return plan


def sample_rows(settings: Settings, plan: BuildPlan) -> list[Row]:
    """Return a full build's cost, and what a further day costs: an ordinary one, and a Monday."""
    full = measure(settings, plan, FEATURES, "--full-refresh")
    yesterday = measure(settings, _at(plan, plan.as_of - DAY), FEATURES, "--full-refresh")
    monday = measure(settings, plan, FEATURES)
    measure(settings, _at(plan, plan.as_of - 2 * DAY), FEATURES, "--full-refresh")
    ordinary = measure(settings, _at(plan, plan.as_of - DAY), FEATURES)
    daily = ordinary.query_seconds / yesterday.query_seconds
    weekly = monday.query_seconds / full.query_seconds
    daily_models = ordinary.model_seconds / yesterday.model_seconds
    weekly_models = monday.model_seconds / full.model_seconds
    return [
        at_most("full build: the process", full.wall_seconds, "s", BAR_SECONDS),
        at_most("full build: peak memory", full.peak_gib, "GiB", BAR_GIB),
        Row("full build: queries", full.query_seconds, "s"),
        Row("full build: models", full.model_seconds, "s"),
        Row("full build: processor", full.cpu_seconds, "s"),
        Row("a day more: queries", ordinary.query_seconds, "s"),
        at_most("a day more: queries over those of a full build", daily, "x", BAR_INCREMENT),
        Row("a day more that ends a week: queries", monday.query_seconds, "s"),
        at_most(
            "a day more that ends a week: queries over those of a full build",
            weekly,
            "x",
            BAR_INCREMENT,
        ),
        Row(
            "mean day of a week: queries over those of a full build", (6 * daily + weekly) / 7, "x"
        ),
        Row("a day more: models over those of a full build", daily_models, "x"),
        Row("a day more that ends a week: models over those of a full build", weekly_models, "x"),
    ]


def scaling_rows(settings: Settings, plan: BuildPlan, scales: list[float]) -> Iterator[list[Row]]:
    """Yield the costs of full builds of shops of other sizes and their growth, shop by shop."""
    costs: dict[float, Cost] = {}
    for scale in scales:
        scale_purchases(settings, scale)
        larger = settings.model_copy(update={"warehouse_memory": LARGE_SHOP_MEMORY})
        told = settings if scale <= 1 else larger
        costs[scale] = measure(told, plan, FEATURES, "--full-refresh")
        yield [row for size, cost in costs.items() for row in _cost_rows(size, cost)] + [
            row for sizes in pairwise(costs) for row in _growth_rows(costs, *sizes)
        ]


def _cost_rows(scale: float, cost: Cost) -> list[Row]:
    return [
        Row(f"{scale:g} x: queries", cost.query_seconds, "s"),
        Row(f"{scale:g} x: processor", cost.cpu_seconds, "s"),
        Row(f"{scale:g} x: peak memory", cost.peak_gib, "GiB"),
    ]


def _growth_rows(costs: dict[float, Cost], smaller: float, larger: float) -> list[Row]:
    bar = BAR_GROWTH * larger / smaller / 10
    what, great, small = f"{larger:g} x over {smaller:g} x", costs[larger], costs[smaller]
    queries = great.query_seconds / small.query_seconds
    processor = great.cpu_seconds / small.cpu_seconds
    return [
        at_most(f"{what}: queries", queries, "x", bar),
        at_most(f"{what}: processor", processor, "x", bar),
    ]


def scale_purchases(settings: Settings, scale: float) -> None:
    """Make the purchases of the warehouse those of a shop `scale` times the sample."""
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("set memory_limit = '1GB'")
        for statement in SCALED.read_text().split(";"):
            if statement.strip():
                named = {"scale": scale} if "$scale" in statement else {}
                connection.execute(statement, named)


def measure(settings: Settings, plan: BuildPlan, words: tuple[str, ...], *options: str) -> Cost:
    """Run models in a process of its own; return what it cost."""
    folder = build_folder(settings, plan.build_id)
    shutil.rmtree(folder / "dbt" / "run", ignore_errors=True)
    dbt_log = folder / "dbt_logs" / "dbt.log"
    dbt_log.unlink(missing_ok=True)
    command = dbt_command(settings, plan, ("run", *words, *options))
    started, cpu_before = time.perf_counter(), _children_seconds()
    process = subprocess.Popen(
        command, env=dbt_environment(settings), stdout=subprocess.PIPE, text=True
    )
    peak = Peak(process.pid)
    peak.start()
    output, _ = process.communicate()
    wall, cpu = time.perf_counter() - started, _children_seconds() - cpu_before
    peak.join()
    if process.returncode:
        raise SystemExit(output)
    ran = json.loads((folder / "dbt" / "run_results.json").read_text())["results"]
    statements = [float(seconds) for seconds in STATEMENT.findall(dbt_log.read_text())]
    cost = Cost(
        query_seconds=sum(statements),
        model_seconds=sum(one["execution_time"] for one in ran),
        cpu_seconds=cpu,
        wall_seconds=wall,
        peak_gib=peak.most_bytes / 2**30,
    )
    log.info("%s %s: %s", plan.as_of, " ".join(options), cost)
    return cost


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _at(plan: BuildPlan, moment: datetime) -> BuildPlan:
    """Return the plan of a build at another moment, which wants pairs at dates of its own."""
    dates = pair_dates(moment, HORIZON_DAYS, [FIRST_ORDER])
    return BuildPlan(plan.build_id, plan.max_batch_id, moment, dates)


if __name__ == "__main__":
    main()
