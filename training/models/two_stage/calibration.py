"""Do probabilities come true: a figure of it on validation, and a correction learned from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy import optimize, sparse

from training.models.base import CurvePoint
from training.models.two_stage.learning import Scored
from training.models.two_stage.log_odds import log_odds, probability_of

BINS = 10
FEWEST_BOUGHT = 100  # of bought before, and of new: with fewer, probabilities stay as they are


@dataclass(frozen=True)
class Calibration:
    """A straight line through the log odds: one of items bought before, one of new items."""

    seen: tuple[float, float]  # slope, intercept
    new: tuple[float, float]

    @classmethod
    def identity(cls) -> Self:
        """Return the line that changes nothing."""
        return cls((1.0, 0.0), (1.0, 0.0))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what `document` gave."""
        return cls(tuple(document["seen"]), tuple(document["new"]))

    def document(self) -> dict[str, list[float]]:
        """Return the lines as JSON content."""
        return {"seen": list(self.seen), "new": list(self.new)}

    def apply(self, probability: np.ndarray, is_owned: np.ndarray) -> np.ndarray:
        """Return corrected probabilities, float32."""
        if self == Calibration.identity():
            return probability
        slope = np.where(is_owned, self.seen[0], self.new[0])
        intercept = np.where(is_owned, self.seen[1], self.new[1])
        corrected: np.ndarray = probability_of(slope * log_odds(probability) + intercept)
        return corrected.astype(np.float32)


def calibrate(scored: Scored, bought: sparse.csr_matrix) -> tuple[Calibration, list[CurvePoint]]:
    """Return the correction that fits what was bought, and the figure before and after it.

    bought: users x items, what each user took in the weeks after. Only users who came back count:
    the others are in no truth.
    """
    came = np.diff(bought.indptr) > 0
    is_asked = np.repeat(came, np.diff(scored.candidates.indptr))
    probability = scored.candidates.data[is_asked]
    is_owned = scored.is_owned[is_asked]
    is_bought = _is_in(scored.candidates, bought)[is_asked]
    calibration = Calibration(
        _line(probability[is_owned], is_bought[is_owned]),
        _line(probability[~is_owned], is_bought[~is_owned]),
    )
    return calibration, [
        *reliability("raw", probability, is_bought),
        *reliability("calibrated", calibration.apply(probability, is_owned), is_bought),
    ]


def reliability(name: str, probability: np.ndarray, is_bought: np.ndarray) -> list[CurvePoint]:
    """Return predicted and observed shares in ten bins that each hold a tenth of the purchases."""
    if not is_bought.any():
        return []
    order = np.argsort(probability, kind="stable")
    found = np.cumsum(is_bought[order])
    bins = np.minimum(BINS * (found - 1).clip(0) // found[-1], BINS - 1)
    size = np.maximum(np.bincount(bins, minlength=BINS), 1)
    predicted = np.bincount(bins, probability[order], minlength=BINS) / size
    observed = np.bincount(bins, is_bought[order], minlength=BINS) / size
    return [
        CurvePoint(f"validation_{name}_{kind}", place, float(values[place]))
        for place in range(BINS)
        for kind, values in (("predicted_share", predicted), ("observed_share", observed))
    ]


def _line(probability: np.ndarray, is_bought: np.ndarray) -> tuple[float, float]:
    """Return the slope and intercept under which what was bought was likeliest."""
    if min(is_bought.sum(), (~is_bought).sum()) < FEWEST_BOUGHT:
        return 1.0, 0.0
    odds = log_odds(probability)

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        expected = line[0] * odds + line[1]
        missed = probability_of(expected) - is_bought
        value = np.logaddexp(0, expected).mean() - (expected * is_bought).mean()
        return float(value), np.array([(missed * odds).mean(), missed.mean()])

    found = optimize.minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B")
    slope, intercept = (round(float(value), 4) for value in found.x)
    return (slope, intercept) if slope > 0 else (1.0, 0.0)


def _is_in(candidates: sparse.csr_matrix, bought: sparse.csr_matrix) -> np.ndarray:
    """Return for each stored candidate whether it was bought."""
    width = candidates.shape[1]
    keys = entry_keys(candidates, width)
    is_in: np.ndarray = np.isin(keys, entry_keys(bought, width))
    return is_in


def entry_keys(matrix: sparse.csr_matrix, width: int) -> np.ndarray:
    """Return a number for each stored entry."""
    row = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    keys: np.ndarray = row * width + matrix.indices
    return keys
