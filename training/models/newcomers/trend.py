"""What is bought more than it used to be, as something that newcomers may like as well."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.history import decayed_frequency

SHORT_WEEKS, LONG_WEEKS = 1.0, 13.0  # half-lives
SMOOTHING = 5.0  # baskets a week that are added to both rates: few purchases make no trend


@dataclass(frozen=True)
class Trend:
    """Baskets a week with each item, by who bought it: of late, and over months."""

    short: sparse.csr_matrix  # users x items
    long: sparse.csr_matrix  # users x items

    def lift(self, is_counted: np.ndarray) -> np.ndarray:
        """Return the log lift of every item, float32, by what some users bought.

        Zero for an item that sells as it did, and for one that has never been sold.
        is_counted: mask over users.
        """
        counted = is_counted.astype(np.float32)
        short, long = (np.asarray(counted @ rates).ravel() for rates in (self.short, self.long))
        lift: np.ndarray = np.log((short + SMOOTHING) / (long + SMOOTHING))
        return lift.astype(np.float32)


def trend_of(dataset: Dataset) -> Trend:
    """Return the rates before the dataset's cutoff."""
    return Trend(_weekly(dataset, SHORT_WEEKS), _weekly(dataset, LONG_WEEKS))


def _weekly(dataset: Dataset, half_life_weeks: float) -> sparse.csr_matrix:
    """Return users x items: decayed baskets, divided by the weeks that the decay lets count."""
    return decayed_frequency(dataset, half_life_weeks) * np.float32(np.log(2) / half_life_weeks)
