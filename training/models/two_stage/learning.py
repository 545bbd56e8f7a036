"""Learn to rank from past windows of the history, then score everybody's candidates of today."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.base import Params
from training.models.history import decayed_frequency, recent_popularity
from training.models.personal_frequency import TIE_BREAKER
from training.models.two_stage.candidates import Candidates
from training.models.two_stage.groups import item_groups
from training.models.two_stage.moment import Moment, Shop, moment_of
from training.models.two_stage.purchases import Purchases, purchases_of
from training.models.two_stage.ranker import (
    Ranker,
    TrainingRows,
    fit_linear,
    fit_trees,
    joined,
    no_rows,
)

LEAST_HISTORY = 3  # horizons that must lie before a past window
FEWEST_USERS = 50  # of whom a ranker can learn what holds for others
FEWEST_BOUGHT = 300  # candidates that were bought in past windows
RULE_HALF_LIFE = 13.0  # weeks


@dataclass(frozen=True)
class Scored:
    """What a two-stage model keeps."""

    candidates: sparse.csr_matrix  # users x items: probabilities
    is_owned: np.ndarray  # of each stored candidate: whether the user bought it before
    owned: sparse.csr_matrix  # users x items, bool: all that was ever bought


def learn(dataset: Dataset, params: Params, *, threads: int = 1) -> Scored:
    """Return the scored candidates of everybody who has bought anything."""
    history = purchases_of(dataset)
    groups = item_groups(dataset.item_features, int(params["groups"]))
    shop = Shop(dataset, history, groups, params, threads)
    ranker = _ranker(shop)
    if ranker is None:
        return by_rule(dataset, int(params["window_days"]))
    return _scored(moment_of(shop), ranker)


def by_rule(dataset: Dataset, window_days: int) -> Scored:
    """Return own items by decayed frequency: what ranks while there is too little to learn from.

    The order is that of the family `personal_frequency`; the numbers are no probabilities.
    """
    own = decayed_frequency(dataset, RULE_HALF_LIFE)
    popularity = recent_popularity(dataset, window_days)
    ties = popularity / np.float32(1 + popularity.max(initial=0))
    value = own.data + TIE_BREAKER * ties[own.indices]
    own.data = value / (1 + value)
    return Scored(own, np.ones(own.nnz, dtype=bool), own.astype(bool))


def past_windows(history: Purchases, params: Params) -> list[float]:
    """Return how many weeks ago each past window began; fewer where history is short."""
    horizon = horizon_weeks(history, params)
    fits = int(history.weeks_of_history / horizon + 1e-6) - LEAST_HISTORY
    return [horizon * (1 + turn) for turn in range(max(0, min(int(params["windows"]), fits)))]


def horizon_weeks(history: Purchases, params: Params) -> float:
    """Return how long a window is: as asked, but at most an eighth of the history."""
    return min(float(params["horizon_weeks"]), max(history.weeks_of_history / 8, 1 / 168))


def _window_rows(shop: Shop, weeks: float) -> TrainingRows:
    """Return sampled candidates of one past window, and which of them were bought in it."""
    history, params = shop.history, shop.params
    bought = history.bought(weeks, horizon_weeks(history, params))
    moment = moment_of(shop, weeks)
    random = np.random.default_rng((int(params["seed"]), round(weeks * 168)))
    active = np.unique(bought // history.shape[1])
    users = np.intersect1d(moment.users, active)
    share = min(1.0, float(params["users_a_window"]) / max(users.size, 1))
    users = np.sort(random.choice(users, round(users.size * share), replace=False))
    parts = [no_rows()]
    for rows in moment.candidates(users):
        is_bought = np.isin(history.keys(rows.user, rows.item), bought)
        rate = _sampling(rows, is_bought, params)
        kept = random.random(rate.size) < rate
        matrix, names = moment.tables.matrix(rows.rows(kept))
        weight = (1 / rate[kept]).astype(np.float32)
        parts.append(TrainingRows(matrix, names, rows.is_seen[kept], is_bought[kept], weight))
    return joined(parts)


def _sampling(rows: Candidates, is_bought: np.ndarray, params: Params) -> np.ndarray:
    """Return the chance of each candidate to be learned from: all that were bought, few others."""
    rate = np.where(rows.is_seen, float(params["seen_rate"]), float(params["new_rate"]))
    rate[is_bought] = 1.0
    return rate


def _ranker(shop: Shop) -> Ranker | None:
    """Return a ranker learned from all past windows; None where they say too little."""
    history, params = shop.history, shop.params
    if np.unique(history.user).size < FEWEST_USERS:
        return None
    rows = [_window_rows(shop, weeks) for weeks in past_windows(history, params)]
    together = joined(rows)
    rows.clear()
    if together.is_bought.sum() < FEWEST_BOUGHT:
        return None
    if params["ranker"] == "trees":
        return fit_trees(together, params, threads=shop.threads)
    return fit_linear(together, params)


def _scored(now: Moment, ranker: Ranker) -> Scored:
    """Return the probability of every candidate; rows come by user and item already."""
    users, items, values, is_owned = [], [], [], []
    for rows in now.candidates(now.users):
        matrix, names = now.tables.matrix(rows)
        users.append(rows.user)
        items.append(rows.item)
        values.append(ranker.probability(matrix, rows.is_seen, names))
        is_owned.append(rows.is_seen)
    owned = now.owned.astype(bool)
    parts = (np.concatenate(values), (np.concatenate(users), np.concatenate(items)))
    matrix = sparse.csr_matrix(parts, shape=owned.shape, dtype=np.float32)
    return Scored(matrix, np.concatenate(is_owned), owned)
