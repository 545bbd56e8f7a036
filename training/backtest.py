"""Backtest: fit every rival on what was known before a moment, and write down what it would show.

The lists and the metrics are files that anybody can check against the shop's own data.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aisle.core.columns import ITEM_ID, RANK, SCORE, USER_ID
from aisle.core.errors import AisleError
from aisle.core.files import new_folder, write_json
from aisle.core.ranking import top_k_rows
from aisle.core.settings import Settings
from training.backtest_data import BacktestData, freeze_backtest
from training.backtest_folder import claimed, only_run
from training.backtest_metrics import definitions, list_metrics
from training.dataset import Snapshot, read_snapshot
from training.evaluate import refit, truths
from training.models.base import Recommender
from training.recipes import Recipe, load_lineup, load_recipes, resolve
from training.results import canonical
from training.revision import code_revision
from training.split import TASKS, Task, Truth, known_before, pairs

log = logging.getLogger(__name__)

METRICS, SNAPSHOT, MODEL = "metrics.json", ".snapshot", "model.json"
BATCH_USERS = 256


@dataclass(frozen=True)
class Request:
    """What a backtest is asked for: history before `cutoff`, truth in the horizon after it."""

    cutoff: datetime  # naive UTC
    horizon: timedelta
    k: int

    def __post_init__(self) -> None:
        if self.k <= 0:
            raise AisleError(f"--k {self.k} asks for empty lists: give at least 1.")
        if self.horizon <= timedelta(0):
            raise AisleError(
                f"--horizon-days {self.horizon / timedelta(days=1):g} leaves no time to buy "
                "anything: give more than 0."
            )
        try:
            _ = self.cutoff - self.horizon, self.cutoff + self.horizon
        except OverflowError as error:
            raise AisleError(
                f"--cutoff {self.cutoff} and --horizon-days {self.horizon / timedelta(days=1):g} "
                "lead out of the calendar: windows of that length lie on both sides of the cutoff."
            ) from error

    @property
    def document(self) -> dict[str, Any]:
        """The request as its files state it."""
        return {
            "cutoff": self.cutoff.isoformat(),
            "horizon_days": self.horizon / timedelta(days=1),
            "k": self.k,
        }


@dataclass(frozen=True)
class Seconds:
    """How long one model took to choose and fit, and to list items for all users."""

    fit: float
    score: float


def backtest(
    settings: Settings,
    request: Request,
    out: Path,
    *,
    models: Sequence[str] = (),
    progress: Callable[[str], None] = log.info,
) -> dict[str, Any]:
    """Write lists and metrics of the recipes called `models`; return metrics.json.

    Without any name it is the line-up of the settings.

    A model whose files are there already, made by the same code from the same data and recipe, is
    not fitted again: a run that was killed goes on where it stopped.
    """
    listed = load_recipes() if models else load_lineup(settings.lineup)
    recipes = chosen_recipes(listed, models)
    with only_run(out):
        with claimed(out, request.document):
            found = freeze_backtest(settings, out / SNAPSHOT, request.cutoff, request.horizon)
        for warning in found.warnings:
            progress(f"Warning: {warning}")
        snapshot = read_snapshot(out / SNAPSHOT)
        known = _known_users(snapshot)
        progress(f"{known.size:,} users with history, {snapshot.item_ids.size:,} items.")
        for recipe in recipes:
            identity = _identity(snapshot, recipe)
            if _made_by(out / recipe.name) == identity:
                progress(f"{recipe.name}: the files are there already.")
                continue
            seconds = _write_model(out, request, recipe, snapshot, threads=settings.threads)
            progress(
                f"{recipe.name}: chosen and fitted in {seconds.fit:.1f} s, "
                f"lists in {seconds.score:.1f} s."
            )
            write_json(out / METRICS, metrics_document(out, request, snapshot, found))
        document = metrics_document(out, request, snapshot, found)
        write_json(out / METRICS, document)
        return document


def chosen_recipes(listed: Sequence[Recipe], names: Sequence[str]) -> list[Recipe]:
    """Return the recipes with these names, all if there is none; refuse names nobody knows."""
    known = {recipe.name: recipe for recipe in listed}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise AisleError(
            f"No model is called {', '.join(map(repr, unknown))}: name recipes of "
            f"training/params.yaml, such as {', '.join(_nearest(unknown, list(known)))}."
        )
    return [known[name] for name in dict.fromkeys(names)] or list(listed)


def _nearest(unknown: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names that were probably meant; the first few where nothing is like them."""
    close = [name for wrong in unknown for name in get_close_matches(wrong, known, n=2)]
    return list(dict.fromkeys(close)) or list(known[:3])


def _known_users(snapshot: Snapshot) -> np.ndarray:
    """Return the indices of all users with history before the cutoff."""
    before = known_before(snapshot.interactions, snapshot.windows.tests[0].cutoff)
    known: np.ndarray = np.unique(snapshot.interactions.loc[before, "user_index"].to_numpy())
    return known


def _identity(snapshot: Snapshot, recipe: Recipe) -> dict[str, Any]:
    """Return what decides a model's files, besides the request."""
    return {
        "snapshot_id": snapshot.snapshot_id,
        "code_revision": code_revision(),
        "recipe": canonical(asdict(recipe)),
    }


def _made_by(folder: Path) -> dict[str, Any] | None:
    if not (folder / MODEL).is_file():
        return None
    made: dict[str, Any] = json.loads((folder / MODEL).read_text(encoding="utf-8"))["made_by"]
    return made


def _write_model(
    out: Path, request: Request, recipe: Recipe, snapshot: Snapshot, *, threads: int
) -> Seconds:
    """Write one model's lists and metrics in one rename; return how long it took."""
    started = time.perf_counter()
    cuts = snapshot.windows
    validation = truths(snapshot, cuts.validation)
    resolved, _ = resolve(recipe, snapshot.dataset("validation"), validation, threads=threads)
    model = refit(resolved, snapshot.dataset(cuts.tests[0].name), threads=threads)
    fitted = time.perf_counter()
    ranked = ranked_lists(model, snapshot, request.k)
    seconds = Seconds(fitted - started, time.perf_counter() - fitted)
    with new_folder(out / recipe.name) as draft:
        measured = {}
        for task, lists in ranked.items():
            _frame(lists, snapshot).to_parquet(draft / f"{task}.parquet", index=False)
            measured[task] = list_metrics(lists.items, _truth_rows(snapshot, task), request.k)
        write_json(
            draft / MODEL,
            {
                "made_by": _identity(snapshot, recipe),
                "chosen": canonical(resolved.params.get("chosen", {})),
                "seconds": asdict(seconds),
                "tasks": measured,
            },
        )
    return seconds


@dataclass(frozen=True)
class Lists:
    """The first k items of each user with history; -1 where the catalogue ended before."""

    users: np.ndarray  # user indices
    items: np.ndarray  # users x k item indices
    scores: np.ndarray  # users x k


def ranked_lists(model: Recommender, snapshot: Snapshot, k: int) -> dict[Task, Lists]:
    """Return what `model` would show each user with history, per task.

    next: any item, unless the recipe hides those a user has met · discovery: only new items.
    """
    users = _known_users(snapshot)
    before = known_before(snapshot.interactions, snapshot.windows.tests[0].cutoff)
    shape = (snapshot.user_ids.size, snapshot.item_ids.size)
    seen = pairs(snapshot.interactions[before], shape)
    parts: dict[Task, list[tuple[np.ndarray, np.ndarray]]] = {task: [] for task in TASKS}
    for start in range(0, users.size, BATCH_USERS):
        batch = users[start : start + BATCH_USERS]
        scores = model.score(list(model.user_ids[batch]))
        parts["next"].append(_best(scores, k))
        scores[seen[batch].nonzero()] = -np.inf
        parts["discovery"].append(_best(scores, k))
    return {
        task: Lists(users, *(np.concatenate(arrays) for arrays in zip(*found, strict=True)))
        for task, found in parts.items()
    }


def _best(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    items = top_k_rows(scores, k)
    return items, np.take_along_axis(scores, np.maximum(items, 0), axis=1)


def _frame(lists: Lists, snapshot: Snapshot) -> pd.DataFrame:
    """Return lists as rows of ids, as the source writes them."""
    is_listed = lists.items >= 0
    places = np.broadcast_to(np.arange(1, lists.items.shape[1] + 1), lists.items.shape)
    users = np.repeat(snapshot.user_ids[lists.users], is_listed.sum(axis=1))
    return pd.DataFrame(
        {
            USER_ID: users,
            ITEM_ID: snapshot.item_ids[lists.items[is_listed]],
            SCORE: lists.scores[is_listed],
            RANK: places[is_listed].astype(np.int32),
        }
    )


def _truth_rows(snapshot: Snapshot, task: Task) -> Any:
    """Return the truth of a task for the users with history, in the order of their lists."""
    found: Truth = snapshot.truth(snapshot.windows.tests[0], task)
    return found.relevant[_known_users(snapshot)]


def metrics_document(
    out: Path, request: Request, snapshot: Snapshot, found: BacktestData
) -> dict[str, Any]:
    """Return what metrics.json says: every complete model of this data, and how to recompute it."""
    truth_until = snapshot.windows.tests[0].end
    return {
        **request.document,
        "truth_until": truth_until.isoformat(),
        "interactions": snapshot.kind,
        "universe": {"items": int(snapshot.item_ids.size), "users": int(snapshot.user_ids.size)},
        "listed_users": int(_known_users(snapshot).size),
        "definitions": definitions(snapshot.kind),
        "warnings": list(found.warnings),
        "snapshot_id": snapshot.snapshot_id,
        "models": dict(_models(out, snapshot)),
    }


def _models(out: Path, snapshot: Snapshot) -> Iterator[tuple[str, Any]]:
    for path in sorted(out.glob(f"*/{MODEL}")):
        made = json.loads(path.read_text(encoding="utf-8"))
        if made["made_by"]["snapshot_id"] == snapshot.snapshot_id:
            yield path.parent.name, made
