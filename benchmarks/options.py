"""What options would give that the recipes leave off, on the windows that all rivals are judged on.

A recipe with one more option chooses on the validation window, is fitted before each test window
and once more with a fold of new users and items held out, as `make benchmark-quality` does it;
what that has made of the recipes as they are is used again. Differences are user by user.
"""

import argparse
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.quality import WORK, environment
from benchmarks.quality_bars import AT_ONCE
from benchmarks.quality_rival import CHOICE, MOST_SECONDS
from benchmarks.quality_tables import NDCG, RivalPieces, cold_measures, of_task, read_rival
from benchmarks.results import Row, report
from benchmarks.sample_workspace import frozen_sample
from training.bootstrap import mean_interval
from training.dataset import read_snapshot
from training.recipes import load_recipes

log = logging.getLogger(__name__)

OPTIONS = {
    "lightfm_hybrid": ("numeric_features=true", "numeric_features=prepared"),
    "gru4rec": ("reads_visit=everybody",),
    "sasrec": ("reads_visit=everybody",),
}


@dataclass(frozen=True)
class Variant:
    """A recipe, and what is set otherwise in it; nothing for the recipe as it is."""

    recipe: str
    setting: str = ""

    @property
    def name(self) -> str:
        """What the results call it, and its folder."""
        return f"{self.recipe}, {self.setting}" if self.setting else self.recipe


def main() -> None:
    """Judge the recipes and their variants, two at a time; compare and report."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="what benchmark-quality has made")
    work = parser.parse_args().work.resolve()
    folder = frozen_sample(work / "home")
    windows = [window.name for window in read_snapshot(folder).windows.tests]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda variant: judge(variant, folder, work), variants()))
    rows = [row for recipe in OPTIONS for row in compared(recipe, work, windows)]
    report("options", rows)


def variants() -> Iterator[Variant]:
    """Yield every recipe that has options, as it is and with each of them."""
    for recipe, settings in OPTIONS.items():
        yield from (Variant(recipe, setting) for setting in ("", *settings))


def judge(variant: Variant, snapshot: Path, work: Path) -> None:
    """Let a process of its own make what is missing of one variant."""
    command = [sys.executable, "-m", "benchmarks.quality_rival", "--recipe", variant.recipe]
    command += ["--snapshot", str(snapshot), "--out", str(folder_of(variant, work))]
    command += ["--set", variant.setting] if variant.setting else []
    subprocess.run(command, env=environment(), check=True)
    log.info("%s: done", variant.name)


def folder_of(variant: Variant, work: Path) -> Path:
    """Return where a variant's pieces are; those of a recipe as it is are benchmark-quality's."""
    return work / ("options" if variant.setting else "rivals") / variant.name


def compared(name: str, work: Path, windows: Sequence[str]) -> Iterator[Row]:
    """Yield what a recipe is without options, and how each of them changes it."""
    recipe = next(one for one in load_recipes() if one.name == name)

    def pieces(setting: str) -> RivalPieces:
        found = read_rival(folder_of(Variant(name, setting), work), recipe, windows, MOST_SECONDS)
        assert found is not None, f"pieces of {name} are missing"
        return found

    plain = pieces("")
    measures = measures_of(plain)
    for measure, values in measures.items():
        yield Row(f"{name}: {measure}", float(values.mean()), "")
    yield Row(f"{name}: choose and fit", seconds(plain), "s CPU")
    for setting in OPTIONS[name]:
        other = pieces(setting)
        for measure, values in measures_of(other).items():
            change = mean_interval((values - measures[measure]).to_numpy())
            for bound in ("mean", "low", "high"):
                what = f"{name}, {setting}: {measure}, change, {bound}"
                yield Row(what, getattr(change, bound), "")
        yield Row(f"{name}, {setting}: choose and fit", seconds(other), "s CPU")


def measures_of(pieces: RivalPieces) -> Mapping[str, pd.Series]:
    """Return each user's mean over the windows, by measure."""
    known = {
        f"{task} N@10": of_task([pieces], task)[pieces.name].groupby("user_id")[NDCG].mean()
        for task in ("next", "discovery")
    }
    cold = {name: found.values[pieces.name] for name, found in cold_measures([pieces]).items()}
    return known | cold


def seconds(pieces: RivalPieces) -> float:
    """Return the processor's seconds of the choices and of a window's fit and lists."""
    return float(pieces.pieces[CHOICE]["processor_seconds"]) + pieces.mean_of("processor_seconds")


if __name__ == "__main__":
    main()
