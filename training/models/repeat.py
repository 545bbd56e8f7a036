"""What own purchases say about buying an item again: how often, how lately, how overdue."""

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.history import WEEK_SECONDS, log_frequency

SHORTEST_GAP_WEEKS = 0.3

REPEAT_SIGNALS = ("own_long", "own_short", "overdue")


def repeat_signals(
    dataset: Dataset, long_half_life_weeks: float, short_half_life_weeks: float
) -> dict[str, sparse.csr_matrix]:
    """Return a users x items matrix per signal, all with the same entries: the items bought."""
    signals = {
        "own_long": log_frequency(dataset, long_half_life_weeks),
        "own_short": log_frequency(dataset, short_half_life_weeks),
    }
    return {**signals, "overdue": overdue(dataset)}


def overdue(dataset: Dataset) -> sparse.csr_matrix:
    """Return minus the log of how many usual gaps have passed, zero while the next is not yet due.

    An item that was bought weekly and not for two months has probably been given up.
    """
    interactions = dataset.interactions
    keys = ["user_index", "item_index"]
    bought = interactions.groupby(keys)["interacted_at"].agg(["min", "max", "size"])
    since_last = _weeks(np.datetime64(dataset.cutoff) - bought["max"].to_numpy())
    span = _weeks(bought["max"].to_numpy() - bought["min"].to_numpy())
    count = bought["size"].to_numpy()
    gap = np.maximum(span / np.maximum(count - 1, 1), SHORTEST_GAP_WEEKS)
    gaps_missed = np.where(count > 1, np.maximum(since_last / gap - 1, 0), 0)
    values = -np.log1p(gaps_missed).astype(np.float32)
    users, items = (bought.index.get_level_values(key).to_numpy() for key in keys)
    return sparse.csr_matrix((values, (users, items)), shape=dataset.shape)


def _weeks(durations: np.ndarray) -> np.ndarray:
    """Return time spans in weeks."""
    return durations / np.timedelta64(WEEK_SECONDS, "s")
