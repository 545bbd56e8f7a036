"""Who is new, light or heavy at a cutoff, by the number of baskets so far."""

import numpy as np

from training.dataset import Dataset

NEW, LIGHT, HEAVY = "new", "light", "heavy"
SEGMENTS = (NEW, LIGHT, HEAVY)


def segments(dataset: Dataset, judged_users: np.ndarray) -> np.ndarray:
    """Return each user's segment: new without any basket before the cutoff, else light or heavy.

    Light users have at most the median number of baskets of the judged users with history.
    """
    baskets = baskets_per_user(dataset)
    judged = baskets[judged_users]
    with_history = judged[judged > 0]
    median = np.median(with_history) if with_history.size else 0
    return np.select([baskets == 0, baskets <= median], [NEW, LIGHT], HEAVY)


def baskets_per_user(dataset: Dataset) -> np.ndarray:
    """Return how many baskets (or other events) each user has before the cutoff."""
    baskets = dataset.interactions[["user_index", "order_index"]].drop_duplicates()
    return np.bincount(baskets["user_index"], minlength=dataset.user_ids.size)
