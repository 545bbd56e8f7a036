"""A shop of tastes that grows: trainings on it, a week apart, without MLflow."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aisle.core.windows import windows
from training.dataset import SnapshotTables, read_snapshot, write_snapshot
from training.evaluate import Evaluation
from training.fit import judge_rival
from training.folder import TrainingFolder
from training.recipes import Recipe
from training.rivals import Champion, line_up, write_rivals
from training.starts import plan_starts, starting

FIRST = datetime(2024, 6, 3, 4, 30)
WEEK = timedelta(days=7)
HORIZON_DAYS = 14
USERS, ITEMS, TASTES = 120, 90, 6
HYBRID: dict[str, Any] = {
    "warm_start": True,
    "window_days": 28,
    "weeks": 13,
    "half_life_weeks": 4,
    "min_users": 2,
    "components": 16,
    "learning_rate": 0.02,
    "max_sampled": 20,
    "max_epochs": 40,
    "patience": 3,
    "validation_users": 800,
    "seed": 7,
    "identity_weight": 5.0,
    "min_feature_count": 2,
    "numeric_features": False,
}
PURE = {**HYBRID, "learning_rate": 0.05}
RECIPE = Recipe("hybrid", "lightfm_hybrid", HYBRID)


def frozen(
    trainings: Path, name: str, as_of: datetime, *, days: float = HORIZON_DAYS, **size: int
) -> TrainingFolder:
    """Return a training with a snapshot of the shop as of a moment."""
    folder = TrainingFolder(name, trainings / name)
    cuts = windows(as_of, days)
    tables = shop(as_of, cuts=tuple(cuts.cutoffs.values()), **size)
    write_snapshot(folder.snapshot, tables, snapshot_id=name, as_of=as_of, windows=cuts)
    return folder


def planned(
    folder: TrainingFolder, *recipes: Recipe, champion: Champion | None = None
) -> TrainingFolder:
    """Fix who competes and what they start from."""
    rivals = line_up(list(recipes), champion)
    plan_starts(folder, rivals, read_snapshot(folder.snapshot).windows)
    write_rivals(folder, rivals)
    return folder


def fitted(folder: TrainingFolder, recipe: Recipe = RECIPE) -> Evaluation:
    """Judge a planned recipe and keep the result, as `aisle train fit` does."""
    with starting(folder, recipe):
        return judge_rival(folder, recipe, read_snapshot(folder.snapshot))


def shop(
    as_of: datetime, *, cuts: tuple[datetime, ...], users: int = USERS, items: int = ITEMS
) -> SnapshotTables:
    """Return thirty weeks up to a moment; what is new to the first shop only new users buy."""
    rows = []
    for user in range(users):
        chance = np.random.default_rng([1, user])
        own = np.arange(user % TASTES, items if user >= USERS else ITEMS, TASTES)
        for week in range(30):
            at = FIRST + 2 * WEEK - week * WEEK - timedelta(minutes=user + 1)
            for drawn in chance.random(3):
                item = own[int(drawn * own.size)] if chance.random() < 0.9 else user % ITEMS
                if at < as_of:
                    rows.append((f"u{user:03}", f"i{item:03}", f"o{user}-{week}", at))
    interactions = pd.DataFrame(rows, columns=["user_id", "item_id", "order_id", "interacted_at"])
    ids = pd.DataFrame({"user_id": [f"u{user:03}" for user in range(users)]})
    wares = pd.DataFrame({"item_id": [f"i{item:03}" for item in range(items)]})
    kinds = wares.assign(category=[f"kind {item % 3}" for item in range(items)])
    return SnapshotTables(
        interactions.assign(known_at=interactions["interacted_at"]),
        ids,
        wares.assign(title=wares["item_id"]),
        pd.concat([ids.assign(cutoff=pd.Timestamp(cut)) for cut in cuts]),
        pd.concat([kinds.assign(cutoff=pd.Timestamp(cut)) for cut in cuts]),
    )
