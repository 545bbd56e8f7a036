"""Permutation importance: how much worse users' candidates are ranked with a feature shuffled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.selection.probe import Layout, Table, user_ndcg
from training.selection.trees import Forest, raw_scores

if TYPE_CHECKING:
    from lightgbm import Booster

PROGRESS_EVERY = 20


@dataclass(frozen=True)
class Importance:
    """Mean loss of NDCG@10 and its standard error over users, shuffles included."""

    mean: float
    standard_error: float

    def exceeds(self, noise: float) -> bool:
        """Return whether it is more than so many standard errors above zero."""
        return self.mean > noise * self.standard_error


@dataclass(frozen=True)
class Shuffles:
    """How often each feature is shuffled."""

    repeats: int
    seed: int


def importances(
    probe: "Booster",
    bench: tuple[Table, Layout],
    features: list[str],
    shuffles: Shuffles,
    progress: Callable[[str], None],
) -> dict[str, Importance]:
    """Return the importance of some features; one that the probe does not use has none."""
    table, layout = bench
    forest, scores = Forest(probe), raw_scores(probe, table.matrix)
    base = user_ndcg(scores, table)
    found = {}
    for number, feature in enumerate(features, start=1):
        columns = layout.columns[feature]
        trees = forest.asking(columns)
        if trees is None:
            found[feature] = Importance(0.0, 0.0)
            continue
        others = scores - raw_scores(trees, table.matrix)
        # A seed of its own: what one feature is worth must not depend on which others there are.
        chance = np.random.default_rng([shuffles.seed, *feature.encode()])
        losses = [
            base - user_ndcg(others + _shuffled(trees, table, columns, chance), table)
            for _ in range(shuffles.repeats)
        ]
        found[feature] = _importance(np.mean(losses, axis=0))
        if number % PROGRESS_EVERY == 0:
            progress(f"importance of {number} of {len(features)} features")
    return found


def _shuffled(
    trees: "Booster", table: Table, columns: list[int], chance: np.random.Generator
) -> np.ndarray:
    """Return what the trees say with a feature's columns shuffled together, over all rows."""
    kept = table.matrix[:, columns].copy()
    table.matrix[:, columns] = kept[chance.permutation(len(kept))]
    try:
        return raw_scores(trees, table.matrix)
    finally:
        table.matrix[:, columns] = kept


def _importance(losses: np.ndarray) -> Importance:
    error = losses.std(ddof=1) / np.sqrt(losses.size) if losses.size > 1 else np.inf
    return Importance(float(losses.mean()), float(error))
