"""How sure a mean over users is: percentile intervals, and simultaneous ones for differences."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

RESAMPLES = 1000
SIMULTANEOUS_RESAMPLES = 2000
BATCH = 50  # resamples drawn at once
CONFIDENCE = 0.95
SEED = 0
TINY = 1e-12


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


def crossed_interval(values: np.ndarray, *, seed: int = SEED) -> Interval:
    """Return the mean of users x draws with bounds that hold for others of both.

    A draw is whatever moves all users at once: another fit, another window. Users and draws are
    resampled independently of one another (Owen, "The pigeonhole bootstrap", Annals of Applied
    Statistics 1(2), 2007); missing cells are left out. With a single draw the bounds are those over
    users. They are too wide where noise of each user and draw prevails, and too narrow with few
    draws.
    """
    users, draws = values.shape
    known, filled = (~np.isnan(values)).astype(float), np.nan_to_num(values)
    if not known.any():
        return Interval(float("nan"), float("nan"), float("nan"))
    random = np.random.default_rng(seed)
    means = []
    for _ in range(RESAMPLES):
        of_users, of_draws = _resampled(random, users), _resampled(random, draws)
        means.append((of_users @ filled @ of_draws) / max(of_users @ known @ of_draws, TINY))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(np.nanmean(values)), float(low), float(high))


def simultaneous_differences(
    per_rival: pd.DataFrame, reference: str, *, seed: int = SEED
) -> dict[str, Interval]:
    """Return the mean of rival - reference over users, by rival, with bounds that hold together.

    per_rival: users x rivals, one value each. With 95% confidence all differences between any two
    rivals lie in such bounds at once, so that looking at many, or picking the best, invents no
    winner. Each bound is the mean plus or minus one common number of standard errors: the 95%
    quantile over bootstrap samples of users of the largest studentised deviation among all pairs
    (max-t; Romano and Wolf, "Stepwise multiple testing as formalized data snooping", Econometrica
    73(4), 2005, without the steps).
    """
    width = common_width(per_rival, seed=seed)
    against = per_rival.sub(per_rival[reference], axis=0)
    means, errors = against.mean(), against.std() / np.sqrt(max(len(against), 1))
    return {
        str(rival): Interval(
            float(means[rival]),
            float(means[rival] - width * errors[rival]),
            float(means[rival] + width * errors[rival]),
        )
        for rival in per_rival.columns
    }


def simultaneous_pairs(per_rival: pd.DataFrame, *, seed: int = SEED) -> pd.DataFrame:
    """Return rival, other and mean, low, high of rival - other for each two rivals.

    The bounds hold together, as those of `simultaneous_differences` do.
    """
    width = common_width(per_rival, seed=seed)
    rows = []
    for rival, other in combinations(per_rival.columns, 2):
        against = per_rival[rival] - per_rival[other]
        mean, error = against.mean(), against.std() / np.sqrt(max(len(against), 1))
        rows.append((rival, other, mean, mean - width * error, mean + width * error))
    return pd.DataFrame(rows, columns=["rival", "other", "mean", "low", "high"])


def common_width(per_rival: pd.DataFrame, *, seed: int = SEED) -> float:
    """Return how many standard errors hold the differences of all pairs of rivals at once."""
    values = per_rival.to_numpy(dtype=float)
    pairs = np.array(list(combinations(range(values.shape[1]), 2)), dtype=int).reshape(-1, 2)
    return _largest_deviation(values[:, pairs[:, 0]] - values[:, pairs[:, 1]], seed)


def _resampled(random: np.random.Generator, count: int) -> np.ndarray:
    """Return how large a share of a sample with replacement each of `count` takes."""
    return np.asarray(random.multinomial(count, np.full(count, 1 / count)) / count)


def _largest_deviation(differences: np.ndarray, seed: int) -> float:
    """Return the quantile of the largest studentised deviation of resampled means (users x pairs).

    A pair that is the same for every user deviates nowhere and is left out.
    """
    spread = differences.std(axis=0)
    moving = differences[:, spread > 0]
    count = len(differences)
    if moving.size == 0:
        return 0.0
    errors = moving.std(axis=0, ddof=1) / np.sqrt(count)
    centred = moving - moving.mean(axis=0)
    random = np.random.default_rng(seed)
    largest = []
    for _ in range(SIMULTANEOUS_RESAMPLES // BATCH):
        weights = random.multinomial(count, np.full(count, 1 / count), size=BATCH) / count
        largest.append(np.abs(weights @ centred / errors).max(axis=1))
    return float(np.quantile(np.concatenate(largest), CONFIDENCE))
