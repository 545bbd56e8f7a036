"""How to welcome newcomers: users with history are asked for as if they had none."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy import sparse

from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.history import recent_interactions
from training.models.newcomers.segments import Told, lifts, told_of
from training.models.newcomers.trend import trend_of
from training.split import Truth, pairs

K = 10
FOLDS = 5
SEED = 0
WINDOWS = (7, 14, 28, 56)  # days
STRENGTHS = (100.0, 300.0, 1000.0)
WEIGHTS = (0.0, 0.5, 1.0)
TRENDS = (0.0, 0.25, 0.5, 1.0)
CANDIDATES = 1000  # most popular: nobody's first ten lie beyond
FEWEST_TOLD = 30  # of hidden users of whom anything was told, to choose segments by

Extra = Callable[[np.ndarray, np.ndarray], np.ndarray]  # users, items → users x items


@dataclass(frozen=True)
class _Hidden:
    """Users whose history was hidden, and what is left to judge them by."""

    users: np.ndarray
    items: np.ndarray  # candidates
    popularity: np.ndarray  # candidates: log of buyers among the others
    bought: sparse.csr_matrix  # users x candidates
    is_left: np.ndarray  # mask over all users

    def quality(self, scores: np.ndarray, truth: Truth) -> np.ndarray:
        """Return each hidden user's NDCG@10."""
        relevant = truth.relevant[self.users]
        found = hits(top_k_rows(scores, K), relevant[:, self.items].toarray().astype(bool))
        return ndcg(found, np.diff(relevant.indptr), K)


def choose_newcomers(dataset: Dataset, truth: Truth, start: Mapping[str, Any]) -> dict[str, float]:
    """Return `window_days`, `strength`, `weight` and `trend` that rank best without history.

    The window is chosen on everybody, what a segment and a trend count on those of whom anything
    was told; a shop that knows too few of those gets no segments, and trends chosen on everybody.
    """
    if truth.users.size == 0:
        stated = {name: float(start[name]) for name in ("window_days", "strength", "weight")}
        return stated | {"trend": float(start.get("trend", 0))}
    windows = {days: float(np.mean(_popular(dataset, truth, days))) for days in WINDOWS}
    days = max(windows, key=lambda name: windows[name])
    told = told_of(dataset, np.ones(dataset.shape[0], dtype=bool))
    chosen = {"window_days": float(days), "strength": float(start["strength"]), "weight": 0.0}
    users = truth.users[told.is_any[truth.users]]
    if users.size < FEWEST_TOLD:
        hidden = list(_folds(dataset, truth.users, days))
        bases = [_everybody(one) for one in hidden]
    else:
        hidden = list(_folds(dataset, users, days))
        quality = _by_segment(hidden, told, truth)
        chosen["strength"], chosen["weight"] = max(quality, key=lambda pair: quality[pair])
        bases = [_lifted(one, told, chosen) for one in hidden]
    return chosen | {"trend": _trend_weight(dataset, truth, hidden, bases)}


def choose_extra(
    dataset: Dataset,
    truth: Truth,
    params: Mapping[str, float],
    extra: Extra,
    weights: tuple[float, ...],
) -> float:
    """Return the weight of another score beside popularity by segment, for users without history.

    `extra` must not know what those users bought. The first of `weights` stands if nobody is told
    of.
    """
    told = told_of(dataset, np.ones(dataset.shape[0], dtype=bool))
    users = truth.users[told.is_any[truth.users]]
    if users.size < FEWEST_TOLD:
        return weights[0]
    found: dict[float, list[np.ndarray]] = {weight: [] for weight in weights}
    weight_of_trend = np.float32(params.get("trend", 0))
    trend = trend_of(dataset) if weight_of_trend else None
    for hidden in _folds(dataset, users, params["window_days"]):
        base = _lifted(hidden, told, params)
        if trend is not None:
            base += weight_of_trend * trend.lift(hidden.is_left)[hidden.items]
        other = extra(hidden.users, hidden.items)
        for weight in weights:
            found[weight].append(hidden.quality(base + np.float32(weight) * other, truth))
    means = {weight: float(np.concatenate(values).mean()) for weight, values in found.items()}
    return max(means, key=lambda weight: means[weight])


def _popular(dataset: Dataset, truth: Truth, days: float) -> np.ndarray:
    """Return every user's NDCG@10 of what the others bought in the last days."""
    return np.concatenate(
        [hidden.quality(_everybody(hidden), truth) for hidden in _folds(dataset, truth.users, days)]
    )


def _everybody(hidden: _Hidden) -> np.ndarray:
    """Return the others' popularity, the same for each hidden user."""
    return np.tile(hidden.popularity, (hidden.users.size, 1))


def _trend_weight(
    dataset: Dataset, truth: Truth, hidden: list[_Hidden], bases: list[np.ndarray]
) -> float:
    """Return what a trend among the others should weigh beside the `bases` of hidden users."""
    trend = trend_of(dataset)
    lifts_of = [trend.lift(one.is_left)[one.items] for one in hidden]
    quality = {}
    for weight in TRENDS:
        found = [
            one.quality(base + np.float32(weight) * lift, truth)
            for one, base, lift in zip(hidden, bases, lifts_of, strict=True)
        ]
        quality[weight] = float(np.concatenate(found).mean())
    return max(quality, key=lambda weight: quality[weight])


def _by_segment(
    hidden: list[_Hidden], told: Told, truth: Truth
) -> dict[tuple[float, float], float]:
    """Return mean NDCG@10 by strength and weight."""
    quality = {}
    for strength, weight in product(STRENGTHS, WEIGHTS):
        params = {"strength": strength, "weight": weight}
        found = [one.quality(_lifted(one, told, params), truth) for one in hidden]
        quality[strength, weight] = float(np.concatenate(found).mean())
    return quality


def _lifted(hidden: _Hidden, told: Told, params: Mapping[str, float]) -> np.ndarray:
    raised = lifts(told.rows, hidden.bought, hidden.is_left, params)
    scores: np.ndarray = hidden.popularity + np.asarray(told.rows[hidden.users] @ raised)
    return scores.astype(np.float32)


def _folds(dataset: Dataset, users: np.ndarray, days: float) -> Iterator[_Hidden]:
    """Yield shares of the users, each hidden from what is counted."""
    bought = pairs(recent_interactions(dataset, days), dataset.shape).astype(np.float32)
    shuffled = np.random.default_rng(SEED).permutation(users)
    for share in np.array_split(shuffled, min(FOLDS, users.size)):
        is_left = np.ones(dataset.shape[0], dtype=bool)
        is_left[share] = False
        counts = np.asarray(bought[is_left].sum(axis=0), dtype=np.float32).ravel()
        items = np.sort(np.argsort(-counts, kind="stable")[:CANDIDATES])
        yield _Hidden(
            users=np.sort(share),
            items=items,
            popularity=np.log(counts[items] + np.float32(0.5)),
            bought=sparse.csr_matrix(bought[:, items]),
            is_left=is_left,
        )
