"""How sure a mean over users is: percentile bootstrap intervals, one-sample and paired."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisle.core.errors import AisleError

RESAMPLES = 1000
BATCH = 50  # resamples drawn at once
CONFIDENCE = 0.95
SEED = 0


@dataclass(frozen=True)
class Interval:
    """A mean and the bounds that hold it with 95% confidence."""

    mean: float
    low: float
    high: float


def mean_interval(values: np.ndarray, *, seed: int = SEED) -> Interval:
    """Return the mean of one value per user with bootstrap bounds; missing ones are left out."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    random = np.random.default_rng(seed)
    means = [
        known[random.integers(known.size, size=(BATCH, known.size))].mean(axis=1)
        for _ in range(RESAMPLES // BATCH)
    ]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return Interval(float(known.mean()), float(low), float(high))


def paired_difference(
    per_user_a: pd.DataFrame,
    per_user_b: pd.DataFrame,
    metric: str,
    *,
    task: str = "next",
    seed: int = SEED,
) -> Interval:
    """Return the mean of A - B over the same users, with bounds: above zero means A is better."""
    a, b = (_by_user(frame, task)[metric] for frame in (per_user_a, per_user_b))
    if not a.index.sort_values().equals(b.index.sort_values()):
        raise AisleError(
            f"Cannot compare {metric} of {task}: the rivals were judged on different users "
            f"({a.size} and {b.size}). Judge both on the same snapshot (`aisle train fit`)."
        )
    difference = (a - b.reindex(a.index)).to_numpy(dtype=float)
    return mean_interval(difference, seed=seed)


def _by_user(per_user: pd.DataFrame, task: str) -> pd.DataFrame:
    """Return the rows of one task, one per user."""
    return per_user[per_user["task"] == task].set_index("user_id")
