"""Features that say the same: clusters by the rank correlation of their values."""

from collections.abc import Mapping

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from scipy.stats import rankdata


def rank_correlations(columns: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each pair of columns (rows x columns); 0 for a constant."""
    if columns.shape[1] == 0:
        return np.zeros((0, 0))
    ranks = rankdata(columns, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.atleast_2d(np.corrcoef(ranks, rowvar=False))
    correlations: np.ndarray = np.nan_to_num(found, nan=0.0)
    np.fill_diagonal(correlations, 1.0)
    return correlations


def clusters(names: list[str], correlations: np.ndarray, threshold: float) -> list[list[str]]:
    """Return groups of which any two are correlated at least so much, in either direction.

    Complete linkage: a chain of like neighbours whose ends are unlike is no group.
    """
    if len(names) < 2:
        return [[name] for name in names]
    distances = np.clip(1 - np.abs((correlations + correlations.T) / 2), 0, 1)
    np.fill_diagonal(distances, 0)
    tree = hierarchy.complete(squareform(distances, checks=False))
    labels = hierarchy.fcluster(tree, t=1 - threshold, criterion="distance")
    groups: dict[int, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        groups.setdefault(int(label), []).append(name)
    return sorted(groups.values())


def representatives(groups: list[list[str]], worth: Mapping[str, float]) -> dict[str, str]:
    """Return for each feature the most worthy of its group; of equals the first by name."""
    chosen = {}
    for group in groups:
        best = min(group, key=lambda name: (-worth[name], name))
        chosen.update(dict.fromkeys(group, best))
    return chosen
