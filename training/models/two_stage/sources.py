"""Where candidates come from: each source scores the pool of active items for a batch of users."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import linalg, sparse

from training.models.two_stage.purchases import Purchases

FREQUENCY_SCALE = 10


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

    B = I - P / diag(P) with P = (X'X + λI)^-1, and XP = (XX' + λI)^-1 X, so no items x items
    matrix is needed. Steck, Embarrassingly Shallow Autoencoders, WWW 2019.
    """

    name: str
    depth: int
    query: sparse.csr_matrix  # users x pool: what stands for the user, Q
    projected: np.ndarray  # users x pool: QP
    inverse_diagonal: np.ndarray  # pool: 1 / diag(P)

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        scores: np.ndarray = self.query[users].toarray()
        scores -= self.projected[users] * self.inverse_diagonal
        return scores


@dataclass(frozen=True)
class Neighbours:
    """What users like this one bought, the more alike the more it counts."""

    name: str
    depth: int
    likeness: sparse.csr_matrix  # users x users
    pool: sparse.csr_matrix  # users x pool

    def scores(self, users: np.ndarray) -> np.ndarray:
        """Return float32, users x pool."""
        scores: np.ndarray = (self.likeness[users] @ self.pool).toarray()
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
    """Return EASE learned from decayed frequencies."""
    penalty = np.float32(settings.regularization)
    learned = logged(frequency(history, settings.half_life))
    gram = (learned @ learned.T).toarray()
    gram[np.diag_indices_from(gram)] += penalty
    inverse = linalg.cho_solve(
        linalg.cho_factor(gram, overwrite_a=True, check_finite=False),
        np.eye(gram.shape[0], dtype=np.float32),
        overwrite_b=True,
        check_finite=False,
    )
    pooled = learned[:, pool].tocsr()
    spread = (pooled.T @ inverse).T  # users x pool: (XX' + λI)^-1 X
    leverage = np.asarray(pooled.multiply(spread).sum(axis=0)).ravel()
    diagonal = (1 - leverage) / penalty
    if settings.query_half_life == settings.half_life:
        return Ease(name, depth, pooled, spread, 1 / diagonal)
    asked = logged(frequency(history, settings.query_half_life))
    weights = (asked @ learned.T).toarray() @ inverse
    query = asked[:, pool].tocsr()
    projected = (query.toarray() - (pooled.T @ weights.T).T) / penalty
    return Ease(name, depth, query, projected, 1 / diagonal)


def neighbours(
    name: str,
    depth: int,
    profile: sparse.csr_matrix,
    bought: sparse.csr_matrix,
    pool: np.ndarray,
    count: int,
) -> Neighbours:
    """Return the nearest users by cosine of TF-IDF profiles."""
    holders = np.diff(profile.tocsc().indptr)
    weighted = profile @ sparse.diags(np.log((1 + profile.shape[0]) / (1 + holders)))
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    unit = sparse.diags(1 / np.maximum(length, 1e-9)) @ weighted
    alike = (unit @ unit.T).toarray().astype(np.float32)
    np.fill_diagonal(alike, 0)
    count = min(count, alike.shape[0])
    least = np.partition(alike, alike.shape[1] - count, axis=1)[:, -count]
    alike[alike < np.maximum(least[:, None], 1e-9)] = 0
    sums = np.maximum(alike.sum(axis=1, keepdims=True), 1e-9)
    return Neighbours(name, depth, sparse.csr_matrix(alike / sums), bought[:, pool].tocsr())


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


def best(scores: np.ndarray, depth: int) -> np.ndarray:
    """Return the positions of each row's best, in no order (rows x depth)."""
    depth = min(depth, scores.shape[1])
    return np.argpartition(scores, scores.shape[1] - depth, axis=1)[:, -depth:]
