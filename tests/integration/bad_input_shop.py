"""A small shop that went through the real chain, for bad input to be tried on."""

import csv
import hashlib
import io
import itertools
import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aisle.cli.main import main
from aisle.core import feature_store
from aisle.core.builds import marts_verdict
from aisle.core.files import write_json
from aisle.core.settings import Settings
from tests.integration.training_shop import NoFeatures, judge
from training.model_proof import CHECKSUM_TAG
from training.register import register_winner
from training.tracking import open_tracker
from training.versions import register_version, version_named

FIRST_WEEK = datetime(2024, 1, 1)
LOCKS = {"lock", "run.lock", "airflow.lock", "mlflow.lock"}
COLUMNS = ["user_id", "item_id", "timestamp", "order_id", "quantity", "price"]
Tree = dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """How a command or a request ended, and what a person reads."""

    code: int
    text: str


@dataclass(frozen=True)
class BadInputShop:
    """The shared workspace, a place for files, and what runs commands."""

    settings: Settings
    place: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file of a folder of its own and return it."""
        path = self.place / str(next(self.numbers)) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def new_home(self) -> Path:
        """Return where an empty workspace may be."""
        return self.place / f"home-{next(self.numbers)}"

    def landed(self, name: str, content: str | bytes) -> Path:
        """Return a new workspace in which one file of events has landed."""
        home = self.new_home()
        path = home / "landing" / "events" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return home

    def run(
        self, *words: object, home: Path | None = None, apart: str = "", **environment: str
    ) -> Outcome:
        """Run a command in this process; what it refuses must leave every file as it was.

        `apart` names a file that it may write all the same.
        """
        home = home or self.settings.root
        before = tree(home, apart), tree(self.place, apart)
        outcome = run_command(*map(str, words), home=home, **environment)
        if outcome.code:
            after = tree(home, apart), tree(self.place, apart)
            assert after == before, f"{words} left something behind"
        return outcome

    def copied_training(self) -> Path:
        """Return a new workspace that holds a copy of the shop's training."""
        home = self.new_home()
        shutil.copytree(self.settings.trainings / "first", home / "training" / "first")
        return home

    @property
    def model_document(self) -> Path:
        """The champion's artifact.json."""
        return next(self.settings.mlflow.rglob("artifact.json"))


def run_command(*words: str, home: Path, **environment: str) -> Outcome:
    """Return how `aisle WORDS` ended in a workspace."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with pytest.MonkeyPatch.context() as patch, own_modules():
        for name, value in {"AISLE_HOME": str(home), **environment}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["aisle", *words])
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
    return Outcome(code, _message(out.getvalue(), err.getvalue()))


def _message(out: str, err: str) -> str:
    """Return the error if there is one, without the steps that were told before it."""
    start = err.find("Error: ")
    return err[start:] if start >= 0 else f"{out}\n{err}"


@contextmanager
def own_modules() -> Iterator[None]:
    """Put modules back afterwards: MLflow puts those of a loaded model in place of ours."""
    path, ours = list(sys.path), _modules()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in _modules():
            del sys.modules[name]
        sys.modules.update(ours)


def _modules() -> dict[str, object]:
    parts = ("training", "aisle")
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] in parts}


def tree(folder: Path, apart: str = "") -> Tree:
    """Return a checksum of each file below a folder; locks say nothing."""
    left_out = {*LOCKS, apart}
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name not in left_out]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


@contextmanager
def damaged(path: Path, damage: Callable[[bytes], bytes]) -> Iterator[None]:
    """Damage a file while the block runs."""
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    try:
        yield
    finally:
        path.write_bytes(whole)


def cut(content: bytes) -> bytes:
    """Return the first half."""
    return content[: len(content) // 2]


def build_shop(place: Path, patch: pytest.MonkeyPatch) -> BadInputShop:
    """Import, load, transform, publish and train a small shop with oddities; Feast is faked.

    Product p1 and customer u1 come twice, user `once` has one event, item `unsold` none, and
    item `ghost` is in no catalogue. Version 2 is version 1 once more, and never was champion.
    """
    for name in [name for name in os.environ if name.startswith("AISLE_")]:
        patch.delenv(name)
    patch.setenv("AISLE_HOME", str(place / "home"))
    patch.setattr(feature_store, "open_store", lambda _: NoFeatures())
    shop = BadInputShop(Settings(), place / "files")
    files = {
        "--events": shop.file("events.csv", _csv(COLUMNS, _events())),
        "--products": shop.file("products.csv", _csv(["item_id", "title"], _products())),
        "--customers": shop.file("customers.csv", _csv(["user_id", "city"], _customers())),
    }
    words = [word for option, path in files.items() for word in (option, str(path))]
    write_json(place / "imported.json", shop.run("import", *words).text)
    for step in (["load-raw"], ["fix-ceiling", "--build", "b1"], ["transform", "--build", "b1"]):
        assert shop.run(*step).code == 0
    write_json(marts_verdict(shop.settings, "b1"), {"passed": True})  # test_checks checks
    assert shop.run("publish", "--build", "b1").code == 0
    folder, _, _ = judge(shop.settings, "first")
    register_winner(shop.settings, folder)
    tracker = open_tracker(shop.settings)
    first = version_named(tracker, "1")
    model_uri = json.loads(folder.registration.read_text())["model_uri"]
    tags = {CHECKSUM_TAG: first.tags[CHECKSUM_TAG]}
    register_version(tracker, str(first.run_id), model_uri, tags, "")
    return shop


def _events() -> Iterator[list[object]]:
    chance = random.Random(1)
    for user in range(40):
        own = chance.sample(range(30), 5)
        for week in range(30):
            at = FIRST_WEEK + timedelta(weeks=week, hours=chance.randrange(160))
            for item in chance.sample(own, 2):
                yield [f"u{user}", f"p{item}", at.isoformat(), f"o{user}-{week}", 1, 2.5]
    yield ["once", "p1", "2024-07-01T10:00:00", "o-once", 1, 2.5]
    yield ["u1", "ghost", "2024-07-01T10:00:00", "o-ghost", 1, 2.5]


def _products() -> Iterator[list[object]]:
    yield from ([f"p{number}", f"Product {number}"] for number in range(30))
    yield ["p1", "Product 1, second version"]
    yield ["unsold", "Never sold"]


def _customers() -> Iterator[list[object]]:
    yield from ([f"u{number}", "Berlin"] for number in range(40))
    yield ["u1", "Paris"]


def _csv(columns: list[str], rows: Iterator[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()
