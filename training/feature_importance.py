"""What the champion would lose without a feature: its values shuffled, its recipe fitted again.

Fitting again is dearer than shuffling under a fitted model, but fair to features that say the same
(Hooker, Mentch and Zhou 2021), and the same for every family of models.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aisle.core.errors import AisleError, NothingToDo
from aisle.core.files import write_json
from aisle.core.settings import Settings
from training.dataset import Dataset, Snapshot, read_snapshot
from training.evaluate import refit
from training.folder import training_folder
from training.judge import judge
from training.models.families import family_named
from training.recipes import Recipe
from training.snapshot import feature_names
from training.tracking import log_file, open_tracker
from training.versions import champion

log = logging.getLogger(__name__)

METRIC = "ndcg_at_10"
MEASURE = (
    "loss of NDCG@10 of the next purchases on the validation window when the values of the feature "
    "are shuffled and the recipe is fitted again, with the standard error over users"
)
SEED = 7
FRAMES = {"user_id": "user_features", "item_id": "item_features"}


@dataclass(frozen=True)
class Column:
    """One column of features that a recipe reads."""

    key: str
    name: str


@dataclass(frozen=True)
class Loss:
    """What shuffling a column costs, and its standard error over users."""

    column: Column
    mean: float
    standard_error: float


def measure_champion(settings: Settings) -> Path:
    """Write what the champion loses without each feature its recipe reads; return the file.

    A version that is measured already is left alone.
    """
    tracker = open_tracker(settings)
    version = champion(tracker)
    if version is None:
        raise NothingToDo("there is no champion yet: `make run` makes one.")
    path = settings.feature_importance / f"{version.version}.json"
    if path.is_file():
        return path
    tags = version.tags
    recipe = Recipe(**json.loads(tags["recipe_resolved"]))
    folder = training_folder(settings, tags["training_id"])
    if not (folder.snapshot / "snapshot.json").is_file():
        raise AisleError(
            f"The snapshot of training {folder.training_id}, which made version "
            f"{version.version}, is gone: the next champion can be measured."
        )
    losses = list(column_losses(recipe, read_snapshot(folder.snapshot), threads=settings.threads))
    write_json(path, {"version": str(version.version), **document(settings, recipe, losses)})
    if version.run_id:
        log_file(tracker, version.run_id, path)
    return path


def column_losses(recipe: Recipe, snapshot: Snapshot, *, threads: int = 1) -> Iterator[Loss]:
    """Yield the loss of each column that the recipe reads, on the validation window."""
    dataset = snapshot.dataset(snapshot.windows.validation.name)
    columns = columns_read(recipe, dataset)
    if not columns:
        return
    base = _quality(recipe, dataset, snapshot, threads)
    for column in columns:
        losses = base - _quality(recipe, shuffled(dataset, column), snapshot, threads)
        error = losses.std(ddof=1) / np.sqrt(losses.size) if losses.size > 1 else 0.0
        log.info("without %s: %.4f ± %.4f", column.name, losses.mean(), error)
        yield Loss(column, float(losses.mean()), float(error))


def columns_read(recipe: Recipe, dataset: Dataset) -> list[Column]:
    """Return the columns of features that the recipe reads."""
    family = family_named(recipe.family)
    return [
        Column(key, name)
        for key, frame in FRAMES.items()
        for name in family.columns_read(getattr(dataset, frame), recipe.params)
    ]


def shuffled(dataset: Dataset, column: Column) -> Dataset:
    """Return the dataset with the values of one column dealt out at random, always the same way."""
    frame = getattr(dataset, FRAMES[column.key])
    chance = np.random.default_rng([SEED, *column.name.encode()])
    dealt = frame[column.name].iloc[chance.permutation(len(frame))].set_axis(frame.index)
    frames: dict[str, Any] = {FRAMES[column.key]: frame.assign(**{column.name: dealt})}
    return replace(dataset, **frames)


def _quality(recipe: Recipe, dataset: Dataset, snapshot: Snapshot, threads: int) -> np.ndarray:
    """Return each judged user's metric, always in the same order."""
    model = refit(recipe, dataset, threads=threads)
    truth = snapshot.truth(snapshot.windows.validation, "next")
    values: np.ndarray = judge(model, {"next": truth}, dataset).per_user[METRIC].to_numpy(float)
    return values


def document(settings: Settings, recipe: Recipe, losses: list[Loss]) -> dict[str, Any]:
    """Return the file's content: each feature with its view, as Feast names them."""
    from aisle.core.feature_store import open_store

    store = open_store(settings)
    views = {
        (key, name): view
        for key in FRAMES
        for view, name in (each.split(":") for each in feature_names(store, key))
    }
    return {
        "recipe": recipe.name,
        "measure": MEASURE,
        "features": [
            {
                "feature": loss.column.name,
                "view": views.get((loss.column.key, loss.column.name), ""),
                "importance": loss.mean,
                "standard_error": loss.standard_error,
            }
            for loss in sorted(losses, key=lambda loss: -loss.mean)
        ],
    }
