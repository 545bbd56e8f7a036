"""How lists differ from what their users took before: more popular items, other categories."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.columns import CATEGORY
from training.dataset import Dataset
from training.metrics import CUTOFFS
from training.split import pairs

TASTE_METRICS = [
    f"{name}_at_{k}" for name in ("popularity_bias", "miscalibration") for k in CUTOFFS
]
SMOOTHING = 0.01  # of the user's own shares in those of the list, so that none is zero


@dataclass(frozen=True)
class Tastes:
    """What users took before a cutoff; of one without history, what everybody did."""

    popularity: np.ndarray  # items: the share of users who have met it
    usual_popularity: np.ndarray  # users: its mean over the lines of their orders
    category: np.ndarray  # items: codes, -1 where there is none
    shares: sparse.csr_matrix  # users x categories: shares of the lines of their orders
    overall: np.ndarray  # categories: the same of all orders


def tastes(dataset: Dataset) -> Tastes:
    """Return how popular the items are that users took, and of which categories."""
    users = dataset.interactions["user_index"].to_numpy()
    items = dataset.interactions["item_index"].to_numpy()
    met = pairs(dataset.interactions, dataset.shape)
    everyone = max(int((np.diff(met.indptr) > 0).sum()), 1)
    popularity = np.bincount(met.indices, minlength=dataset.item_ids.size) / everyone
    category = _categories(dataset)
    categories = int(category.max(initial=-1)) + 1
    has_one = category[items] >= 0
    counts = sparse.csr_matrix(
        (np.ones(has_one.sum()), (users[has_one], category[items[has_one]])),
        shape=(dataset.user_ids.size, categories),
    )
    overall = np.asarray(counts.sum(axis=0)).ravel()
    lines = np.bincount(users, minlength=dataset.user_ids.size)
    known = np.bincount(users, weights=popularity[items], minlength=dataset.user_ids.size)
    everybody = known.sum() / max(lines.sum(), 1)
    return Tastes(
        popularity=popularity,
        usual_popularity=np.where(lines > 0, known / np.maximum(lines, 1), everybody),
        category=category,
        shares=_as_shares(counts),
        overall=overall / max(overall.sum(), 1),
    )


def taste_metrics(ranked: np.ndarray, users: np.ndarray, known: Tastes) -> dict[str, np.ndarray]:
    """Return each metric of TASTE_METRICS for every list (users x k item indices, -1: shorter)."""
    measured = {}
    for k in CUTOFFS:
        first = ranked[:, :k]
        measured[f"popularity_bias_at_{k}"] = popularity_bias(first, users, known)
        measured[f"miscalibration_at_{k}"] = miscalibration(first, users, known)
    return measured


def popularity_bias(ranked: np.ndarray, users: np.ndarray, known: Tastes) -> np.ndarray:
    """Return how much more popular listed items are than what the user usually takes.

    Popularity is the share of users who have met an item; above zero, a list is more mainstream
    than its user. After Abdollahpouri et al., "The unfairness of popularity bias in
    recommendation", RMSE at RecSys 2019, as a difference rather than a ratio.
    """
    is_listed = ranked >= 0
    total = np.where(is_listed, known.popularity[ranked], 0).sum(axis=1)
    count = is_listed.sum(axis=1)
    mean = np.divide(total, count, out=np.full(count.size, np.nan), where=count > 0)
    bias: np.ndarray = mean - known.usual_popularity[users]
    return bias


def miscalibration(ranked: np.ndarray, users: np.ndarray, known: Tastes) -> np.ndarray:
    """Return the divergence of a list's categories from those the user takes: 0 is calibrated.

    Kullback-Leibler in nats, of a list smoothed with one part in a hundred of the user's shares;
    not a number for a list without any category. After Steck, "Calibrated recommendations",
    RecSys 2018.
    """
    rows = np.repeat(np.arange(users.size), ranked.shape[1])
    codes = np.where(ranked >= 0, known.category[ranked], -1).ravel()
    has_one = codes >= 0
    listed = np.zeros((users.size, known.overall.size))
    np.add.at(listed, (rows[has_one], codes[has_one]), 1)
    counts = listed.sum(axis=1)
    own = known.shares[users].toarray()
    own[own.sum(axis=1) == 0] = known.overall
    smoothed = (1 - SMOOTHING) * listed / np.maximum(counts, 1)[:, None] + SMOOTHING * own
    is_taken = own > 0
    ratio = np.divide(own, smoothed, out=np.ones_like(own), where=is_taken)
    divergence: np.ndarray = np.where(is_taken, own * np.log(ratio), 0).sum(axis=1)
    return np.where(counts > 0, divergence, np.nan)


def _categories(dataset: Dataset) -> np.ndarray:
    if CATEGORY not in dataset.item_features:
        return np.full(dataset.item_ids.size, -1)
    codes: np.ndarray = pd.factorize(dataset.item_features[CATEGORY])[0]
    return codes


def _as_shares(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return rows divided by their sums; one without any entry stays empty."""
    sums = np.asarray(counts.sum(axis=1)).ravel()
    scale = np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ counts)
