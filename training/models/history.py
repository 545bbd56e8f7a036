"""Counts every family builds on: a user's own decayed frequency and recent popularity."""

from datetime import timedelta

import numpy as np
import pandas as pd
from scipy import sparse

from training.dataset import Dataset

WEEK_SECONDS = 7 * 24 * 3600
FREQUENCY_SCALE = 10


def decayed_frequency(dataset: Dataset, half_life_weeks: float) -> sparse.csr_matrix:
    """Return users x items: each basket with the item weighs 0.5 ** (age in weeks / half-life)."""
    interactions = dataset.interactions
    age = pd.Timestamp(dataset.cutoff) - interactions["interacted_at"]
    age_weeks = age.dt.total_seconds().to_numpy() / WEEK_SECONDS
    weight = np.exp2(-age_weeks / half_life_weeks).astype(np.float32)
    rows = interactions["user_index"].to_numpy()
    columns = interactions["item_index"].to_numpy()
    return sparse.csr_matrix((weight, (rows, columns)), shape=dataset.shape)


def log_frequency(dataset: Dataset, half_life_weeks: float) -> sparse.csr_matrix:
    """Return users x items: the log of one plus ten times the decayed frequency."""
    frequency = decayed_frequency(dataset, half_life_weeks)
    frequency.data = np.log1p(FREQUENCY_SCALE * frequency.data)
    return frequency


def recent_popularity(dataset: Dataset, window_days: int) -> np.ndarray:
    """Return for each item how many users bought it in the last days before the cutoff.

    A fraction below a half, the item's share of older baskets, breaks the ties among the rest.
    """
    item_count = dataset.item_ids.size
    recent = recent_interactions(dataset, window_days)[["user_index", "item_index"]]
    users = np.bincount(recent.drop_duplicates()["item_index"], minlength=item_count)
    baskets = np.bincount(dataset.interactions["item_index"], minlength=item_count)
    tie_breaker = 0.5 * baskets / (1 + baskets.max(initial=0))
    return np.asarray(users + tie_breaker, dtype=np.float32)


def recent_interactions(dataset: Dataset, days: float) -> pd.DataFrame:
    """Return the interactions of the last days before the cutoff."""
    since = dataset.cutoff - timedelta(days=days)
    return dataset.interactions[dataset.interactions["interacted_at"] >= since]
