"""Judge one rival in a process of its own: on the test windows, then where users or items are new.

Each piece is a folder that appears whole, so that a run that was killed goes on where it stopped.
"""

import argparse
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from aisle.core.files import new_folder, write_json
from aisle.core.settings import REPOSITORY
from aisle.core.windows import Window
from training.cost import peak_memory_bytes
from training.dataset import Dataset, Snapshot, read_snapshot
from training.evaluate import judge_window, refit, truths
from training.folds import CONSENT, TOLD_OF_USERS, cold_folds
from training.judge import judge
from training.models.neural.checkpoint import checkpoints_in
from training.recipes import Recipe, load_recipes, resolve
from training.results import canonical
from training.sessions import judge_sessions, session_questions
from training.split import COLD_ITEMS

PIECE, PER_USER, SESSIONS = "piece.json", "per_user.parquet", "sessions.parquet"
CHOICE = "choice"
OURS = "two_stage"  # families that start like this are held against all others, their peers
MOST_SECONDS = 120  # of the processor, for one window of a peer that is fitted on folds too
SOURCES = ("training", "aisle/core")


def main() -> None:
    """Make the pieces of one rival that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("snapshot", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--recipe", required=True)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="another parameter of it"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cold-limit", type=float, default=MOST_SECONDS)
    parser.add_argument("--any-code", action="store_true", help="keep pieces other code made")
    asked = parser.parse_args()
    _end_with_parent()
    recipe = changed(next(one for one in load_recipes() if one.name == asked.recipe), asked.set)
    snapshot = read_snapshot(asked.snapshot)
    identity = Identity.of(recipe, snapshot, is_strict=not asked.any_code)
    RivalRun(asked.out, recipe, snapshot, identity, asked.threads).run(asked.cold_limit)


def changed(recipe: Recipe, settings: Sequence[str]) -> Recipe:
    """Return the recipe with `NAME=VALUE` parameters of its own, values as YAML says them."""
    for setting in settings:
        if "=" not in setting:
            raise SystemExit(f"--set {setting}: write it as NAME=VALUE.")
    pairs = [setting.partition("=") for setting in settings]
    own = {name: yaml.safe_load(value) for name, _, value in pairs}
    return replace(recipe, params={**recipe.params, **own})


def is_too_dear(
    family: str, windows: Sequence[Mapping[str, Any]], most_seconds: float = MOST_SECONDS
) -> bool:
    """Return whether a rival is left out where users and items are new, which takes as many fits.

    Ours never are.
    """
    dearest = max(window["processor_seconds"] for window in windows)
    return not family.startswith(OURS) and dearest > most_seconds


@dataclass(frozen=True)
class Identity:
    """What decides a piece: the recipe as stated, the data, the code that ran."""

    snapshot_id: str
    recipe: Mapping[str, Any]
    code: str
    is_strict: bool = True  # whether another code's pieces are made anew

    @classmethod
    def of(cls, recipe: Recipe, snapshot: Snapshot, *, is_strict: bool = True) -> "Identity":
        """Return the identity of the pieces that would be made now."""
        return cls(snapshot.snapshot_id, canonical(asdict(recipe)), code_hash(), is_strict)

    @property
    def document(self) -> dict[str, Any]:
        """What a piece keeps of it."""
        return {"snapshot_id": self.snapshot_id, "recipe": self.recipe, "code": self.code}

    def kept(self, folder: Path) -> dict[str, Any] | None:
        """Return what the piece in `folder` says, None if there is none or it is another's."""
        if not (folder / PIECE).is_file():
            return None
        content: dict[str, Any] = json.loads((folder / PIECE).read_text(encoding="utf-8"))
        made = content["identity"]
        other = dict(made) if self.is_strict else {**made, "code": self.code}
        return content if other == self.document else None


@dataclass(frozen=True)
class RivalRun:
    """One rival's pieces, in the folder `out`."""

    out: Path
    recipe: Recipe
    snapshot: Snapshot
    identity: Identity
    threads: int

    def run(self, cold_limit: float) -> None:
        """Choose, judge each test window, then a fold of new users and items of each."""
        for draft in self.out.glob(".*"):  # of a process that was killed: no other writes here
            shutil.rmtree(draft)
        made = self._piece(CHOICE, self._choose)
        resolved = replace(self.recipe, params=made["params"])
        known = [
            self._piece(window.name, lambda draft, at=window: self._window(draft, resolved, at))
            for window in self.snapshot.windows.tests
        ]
        if is_too_dear(self.recipe.family, known, cold_limit):
            return
        for number, window in enumerate(self.snapshot.windows.tests, start=1):
            self._piece(
                f"cold_{window.name}",
                lambda draft, at=window, fold=number: self._cold(draft, resolved, at, fold),
            )

    def _piece(self, name: str, make: Callable[[Path], Mapping[str, Any]]) -> dict[str, Any]:
        """Return what a piece says; one that is there already is kept."""
        kept = self.identity.kept(self.out / name)
        if kept is not None:
            return kept
        started, used = time.perf_counter(), time.process_time()
        epochs = self.out / f"epochs-{self.identity.code}"  # of a fit that may be killed
        with new_folder(self.out / name) as draft:
            with checkpoints_in(epochs):
                found = dict(make(draft))
            seconds = time.perf_counter() - started
            content = {
                "identity": self.identity.document,
                "seconds": seconds,
                "processor_seconds": time.process_time() - used,
                "peak_memory_bytes": peak_memory_bytes(),
                **found,
            }
            write_json(draft / PIECE, content)
        shutil.rmtree(epochs, ignore_errors=True)
        print(f"{self.recipe.name}: {name} in {seconds:.1f} s", flush=True)  # noqa: T201
        made: dict[str, Any] = canonical(content)
        return made

    def _choose(self, draft: Path) -> dict[str, Any]:
        cuts = self.snapshot.windows
        dataset, found = self.snapshot.dataset("validation"), truths(self.snapshot, cuts.validation)
        resolved, curves = resolve(self.recipe, dataset, found, threads=self.threads)
        return {
            "params": canonical(resolved.params),
            "curves": [asdict(point) for point in curves],
        }

    def _window(self, draft: Path, resolved: Recipe, window: Window) -> dict[str, Any]:
        turn = judge_window(resolved, self.snapshot, window, threads=self.threads)
        turn.judged.per_user.assign(window=window.name).to_parquet(draft / PER_USER, index=False)
        return {
            "fit_seconds": turn.fit_seconds,
            "score_seconds": turn.score_seconds,
            "artifact_bytes": turn.artifact_bytes,
            "coverage": dict(turn.judged.coverage),
        }

    def _cold(self, draft: Path, resolved: Recipe, window: Window, number: int) -> dict[str, Any]:
        fold = next(islice(cold_folds(self.snapshot, window), number - 1, None))
        model = refit(resolved, fold.dataset, threads=self.threads)
        judged = judge(model, fold.truths, fold.dataset)
        is_told = pd.Series(has_told(fold.dataset), index=self.snapshot.user_ids)
        rows = judged.per_user.assign(window=window.name)
        rows["is_told"] = is_told.reindex(rows["user_id"]).to_numpy()
        rows.to_parquet(draft / PER_USER, index=False)
        questions = session_questions(self.snapshot, fold)
        asked = judge_sessions(model, questions).assign(window=window.name)
        asked.to_parquet(draft / SESSIONS, index=False)
        candidates = fold.truths[COLD_ITEMS].candidates
        return {"fold": number, "cold_candidates": 0 if candidates is None else candidates.size}


def has_told(dataset: Dataset) -> np.ndarray:
    """Return which users told anything about themselves."""
    told = [name for name in dataset.user_features if name in TOLD_OF_USERS - {CONSENT}]
    is_told: np.ndarray = dataset.user_features[told].notna().any(axis=1).to_numpy()
    return is_told


def code_hash() -> str:
    """Return a hash of the sources that decide figures; params.yaml is in the recipe already."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            digest.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
