"""Where candidates come from: each source scores the pool of active items for a batch of users."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import sparse

from training.models.ridge import leverages, ridge_inverse
from training.models.two_stage.purchases import Purchases

FREQUENCY_SCALE = 10
MOST_TEACHERS = 5000  # users EASE learns from: their square is inverted
GROUPS_PER_PLACE = 5
TINY = np.float32(1e-9)


class Source(Protocol):
    """Scores the pool for some users."""

    @property
    def name(self) -> str:
        """What its scores are called."""
        ...

    @property
    def depth(self) -> int:
        """How many of its best are candidates."""
        ...

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        ...


@dataclass(frozen=True)
class Ease:
    """EASE in its dual form: users x users is inverted, so that every item can take part.

    B = I - P / diag(P) with P = (X'X + λI)^-1 = (I - X'(XX' + λI)^-1 X) / λ, so no items x items
    matrix is needed. Steck, Embarrassingly Shallow Autoencoders, WWW 2019.
    """

    name: str
    depth: int
    pool: np.ndarray  # item indices
    query: sparse.csr_matrix  # users x items: what stands for the user
    learned: sparse.csr_matrix  # teachers x items, X
    inverse: np.ndarray  # teachers x teachers: (XX' + λI)^-1
    scale: np.ndarray  # pool: 1 / (λ diag(P))

    @cached_property
    def pooled(self) -> sparse.csr_matrix:
        """Return pool x teachers."""
        return sparse.csr_matrix(self.learned[:, self.pool].T)

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        query = self.query[users]
        weights = (query @ self.learned.T).toarray() @ self.inverse
        own: np.ndarray = query[:, self.pool].toarray()
        missing = own - (self.pooled @ weights.T).T
        missing *= self.scale
        own -= missing
        return own


@dataclass(frozen=True)
class Neighbours:
    """What users like this one bought, the more alike the more it counts."""

    name: str
    depth: int
    profiles: sparse.csr_matrix  # users x items, rows of length one
    pool: sparse.csr_matrix  # users x pool
    count: int  # of neighbours

    def likeness(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x all users: shares of the nearest, zero for others."""
        alike = (self.profiles[users] @ self.profiles.T).toarray().astype(np.float32)
        alike[np.arange(users.size), users] = 0
        count = min(self.count, alike.shape[1])
        least = np.partition(alike, alike.shape[1] - count, axis=1)[:, -count]
        alike[alike < np.maximum(least[:, None], TINY)] = 0
        shares: np.ndarray = alike / np.maximum(alike.sum(axis=1, keepdims=True), TINY)
        return shares

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        likeness = sparse.csr_matrix(self.likeness(users))
        scores: np.ndarray = (likeness @ self.pool).toarray()
        return scores


@dataclass(frozen=True)
class Affinity:
    """The share of a user's purchases that went to an item's group, times its share of that."""

    name: str
    depth: int
    taste: sparse.csr_matrix  # users x groups, shares
    group_of: np.ndarray  # pool: group codes
    share: np.ndarray  # pool: the item's share of its group

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        scores: np.ndarray = self.taste[users].toarray()[:, self.group_of] * self.share
        return scores


@dataclass(frozen=True)
class Popular:
    """The same order for everybody."""

    name: str
    depth: int
    popularity: np.ndarray  # pool

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        return np.broadcast_to(self.popularity, (users.size, self.popularity.size))


def frequency(history: Purchases, half_life: float) -> sparse.csr_matrix:
    """Return users x items: baskets with the item, each weighing 0.5 ** (age / half-life)."""
    weight = np.exp2(-history.age / np.float32(half_life)).astype(np.float32)
    matrix = sparse.csr_matrix((weight, (history.user, history.item)), shape=history.shape)
    matrix.sum_duplicates()
    return matrix


def logged(matrix: sparse.csr_matrix, scale: float = FREQUENCY_SCALE) -> sparse.csr_matrix:
    """Return the matrix with log(1 + scale · value)."""
    changed = matrix.copy()
    changed.data = np.log1p(np.float32(scale) * changed.data)
    return changed


@dataclass(frozen=True)
class EaseSettings:
    """How long EASE remembers, what it is asked with, and how strongly it is regularised."""

    half_life: float  # weeks, of what it learns from
    query_half_life: float  # weeks, of what stands for a user
    regularization: float


def ease(
    name: str, depth: int, history: Purchases, pool: np.ndarray, settings: EaseSettings
) -> Ease:
    """Return EASE learned from decayed frequencies of the users who buy most."""
    known = logged(frequency(history, settings.half_life))
    teachers = np.argsort(-np.diff(known.indptr), kind="stable")[:MOST_TEACHERS]
    learned = known[np.sort(teachers)]
    inverse = ridge_inverse(learned, settings.regularization)
    is_same = settings.query_half_life == settings.half_life
    query = known if is_same else logged(frequency(history, settings.query_half_life))
    leverage = leverages(sparse.csr_matrix(learned[:, pool].T), inverse)
    return Ease(name, depth, pool, query, learned, inverse, 1 / (1 - leverage))


def neighbours(
    name: str,
    depth: int,
    profile: sparse.csr_matrix,
    bought: sparse.csr_matrix,
    count: int,
) -> Neighbours:
    """Return the nearest users by cosine of TF-IDF profiles; `bought` is users x pool."""
    holders = np.bincount(profile.indices, minlength=profile.shape[1])
    rarity = np.log((1 + profile.shape[0]) / (1 + holders)).astype(np.float32)
    unit = unit_rows(profile @ sparse.diags(rarity))
    return Neighbours(name, depth, unit, bought.tocsr(), count)


def unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the matrix with rows of length one, float32; empty rows stay so."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    unit = sparse.csr_matrix(sparse.diags(1 / np.maximum(length, TINY)) @ matrix)
    return unit.astype(np.float32)


def affinity(
    name: str, depth: int, history: Purchases, groups: tuple[np.ndarray, int], pool: np.ndarray
) -> Affinity:
    """Return a user's share of purchases per group, and each pool item's share of its group."""
    codes, count = groups
    weight = np.exp2(-history.age / 13).astype(np.float32)
    taste = sparse.csr_matrix(
        (weight, (history.user, codes[history.item])), shape=(history.shape[0], count)
    )
    taste.sum_duplicates()
    total = np.maximum(np.asarray(taste.sum(axis=1)).ravel(), 1e-9)
    taste = sparse.csr_matrix(sparse.diags((1 / total).astype(np.float32)) @ taste)
    popular = popularity(history, 6)[pool]
    of_group = np.bincount(codes[pool], popular, minlength=count)
    share = popular / np.maximum(of_group[codes[pool]], 1e-9)
    return Affinity(name, depth, taste.astype(np.float32), codes[pool], share.astype(np.float32))


def popularity(history: Purchases, half_life: float) -> np.ndarray:
    """Return decayed baskets per item."""
    weight = np.exp2(-history.age / half_life)
    return np.bincount(history.item, weight, minlength=history.shape[1]).astype(np.float32)


def among_best(scores: np.ndarray, depth: int) -> np.ndarray:
    """Return a mask of about the `depth` best of each row, never one that is tied with most others.

    Above the depth-th best of the best scores of many groups of columns there are at most a few
    more than asked; selecting exactly takes ten times as long.
    """
    columns = scores.shape[1]
    if depth >= columns:
        every: np.ndarray = scores > -np.inf
        return every
    width = min(columns, GROUPS_PER_PLACE * depth)
    rows = columns // width
    best = scores[:, : rows * width].reshape(scores.shape[0], rows, width).max(axis=1)
    bound = np.partition(best, width - depth, axis=1)[:, width - depth]
    least = scores.min(axis=1, where=scores > -np.inf, initial=np.inf)
    found: np.ndarray = (scores >= bound[:, None]) & (scores > least[:, None])
    return found
