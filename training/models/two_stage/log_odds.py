"""Probabilities and their log odds."""

import numpy as np

LEAST, MOST = 1e-6, 1 - 1e-6


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return the log of p / (1 - p), cut off near 0 and 1."""
    bounded = np.clip(probability.astype(np.float64), LEAST, MOST)
    odds: np.ndarray = np.log(bounded / (1 - bounded))
    return odds


def probability_of(odds: np.ndarray) -> np.ndarray:
    """Return the probability that has these log odds."""
    return np.asarray(1 / (1 + np.exp(-odds)))
