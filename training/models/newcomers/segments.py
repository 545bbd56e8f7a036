"""Popularity among people like a newcomer, smoothed towards everybody's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from aisle.core.preparation import Preparation, Prepared
from training.dataset import Dataset
from training.folds import TOLD_OF_USERS
from training.models.features import feature_matrix, plan_features
from training.models.history import recent_interactions, recent_popularity
from training.models.newcomers.trend import trend_of
from training.models.sparse_rows import matrix_arrays, matrix_from
from training.preparation import fit_preparation
from training.split import pairs

FEWEST = 10  # people of whom the same was told, to be a segment
TOLD_STRENGTH = 50  # people of everybody's taste that those told of are mixed with
NEVER = 1e-3  # stands for an item that nobody bought, whose logarithm there is none of
PREFIX = "newcomer"
PREPARATION = "newcomer_preparation"

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What was told of users, as segments: `rows` is users x segments, one where they belong."""

    preparation: Preparation
    rows: sparse.csr_matrix

    @property
    def is_any(self) -> np.ndarray:
        """Which users belong to any segment."""
        any_: np.ndarray = np.diff(self.rows.indptr) > 0
        return any_


@dataclass(frozen=True)
class Segments:
    """Log popularity, and by how much it is higher in a segment, for the items bought lately."""

    preparation: Preparation
    popularity: np.ndarray  # items: logarithm of recent buyers, and how trends raise it
    pool: np.ndarray  # items that were bought lately
    lifts: np.ndarray  # segments x pool, already weighted
    newcomers: sparse.csr_matrix  # users x segments: rows of users without history only

    @property
    def is_told(self) -> np.ndarray:
        """Which users without history belong to any segment."""
        told: np.ndarray = np.diff(self.newcomers.indptr) > 0
        return told

    def of_users(self, user_index: np.ndarray) -> np.ndarray:
        """Return float32 scores, users x items, of users without history."""
        return self._scores(self.newcomers[user_index])

    def of_features(self, features: Mapping[str, Any]) -> np.ndarray | None:
        """Return scores of all items for who is described so; None where that says nothing.

        Names are those of training's columns; `attributes` is JSON text or a mapping.
        """
        prepared = self.preparation.apply({name: [value] for name, value in features.items()}, 1)
        rows = _rows(prepared)
        scores: np.ndarray | None = self._scores(rows)[0] if rows.nnz else None
        return scores

    def _scores(self, rows: sparse.csr_matrix) -> np.ndarray:
        scores = np.tile(self.popularity, (rows.shape[0], 1))
        lifted = np.asarray(rows @ self.lifts, dtype=np.float32)
        scores[:, self.pool] += lifted
        return scores

    def document(self) -> dict[str, Any]:
        """Return what goes into an artifact's JSON."""
        return {PREPARATION: self.preparation.document()}

    def arrays(self) -> dict[str, Array]:
        """Return what goes into an artifact's arrays."""
        return {
            f"{PREFIX}_popularity": self.popularity,
            f"{PREFIX}_pool": self.pool,
            f"{PREFIX}_lifts": self.lifts,
            **matrix_arrays(PREFIX, self.newcomers),
        }

    @classmethod
    def restored(
        cls, document: Mapping[str, Any], arrays: dict[str, Array], user_count: int
    ) -> "Segments":
        """Return what `document` and `arrays` gave."""
        lifts = arrays[f"{PREFIX}_lifts"]
        return cls(
            preparation=Preparation.from_document(document[PREPARATION]),
            popularity=arrays[f"{PREFIX}_popularity"],
            pool=arrays[f"{PREFIX}_pool"],
            lifts=lifts,
            newcomers=matrix_from(PREFIX, arrays, (user_count, lifts.shape[0])),
        )


def learn_segments(dataset: Dataset, params: Params) -> Segments:
    """Return popularity by segment before the dataset's cutoff.

    params: `window_days` of purchases that count, `strength` (how many people of everybody's taste
    a segment is mixed with), `weight` of what it likes more than others and `trend`, the weight of
    what is bought more than it used to be.
    """
    has_history = np.bincount(dataset.interactions["user_index"], minlength=dataset.shape[0]) > 0
    told = told_of(dataset, has_history)
    days = float(params["window_days"])
    popularity = np.log(recent_popularity(dataset, int(np.ceil(days))) + NEVER)
    weight = float(params.get("trend", 0))
    if weight:
        popularity += weight * trend_of(dataset).lift(has_history)
    bought = pairs(recent_interactions(dataset, days), dataset.shape)
    pool = np.unique(bought.indices)
    is_new = sparse.diags((~has_history).astype(np.float32))
    return Segments(
        preparation=told.preparation,
        popularity=popularity.astype(np.float32),
        pool=pool,
        lifts=lifts(told.rows, bought[:, pool], has_history, params),
        newcomers=_without_zeros(sparse.csr_matrix(is_new @ told.rows)),
    )


def told_of(dataset: Dataset, is_learned: np.ndarray) -> Told:
    """Return the segments of all users; those of `is_learned` say which segments there are."""
    columns = [str(name) for name in dataset.user_features if name in TOLD_OF_USERS]
    features = dataset.user_features[columns]
    how = {"numeric_features": "fifths", "min_feature_count": FEWEST}
    fitted = fit_preparation(features, plan_features(features[is_learned], how), is_learned)
    prepared = fitted.apply({name: features[name] for name in columns}, len(features))
    return Told(fitted, _rows(prepared))


def lifts(
    rows: sparse.csr_matrix, bought: sparse.csr_matrix, is_counted: np.ndarray, params: Params
) -> np.ndarray:
    """Return segments x items: by how much a segment raises log popularity.

    The last segment is all of whom anything was told: against everybody. Each other one is against
    those, because to be told of, such as by joining a loyalty programme, is a taste of its own.
    rows: users x segments · bought: users x items · only users of `is_counted` count.
    """
    counted = sparse.diags(is_counted.astype(np.float32))
    members = sparse.csr_matrix((counted @ rows).T)
    buyers = np.asarray((members @ bought).todense(), dtype=np.float32)
    size = np.asarray(members.sum(axis=1))
    everybody = np.asarray(is_counted.astype(np.float32) @ bought) / max(is_counted.sum(), 1)
    told = (buyers[-1] + TOLD_STRENGTH * everybody) / (size[-1] + TOLD_STRENGTH)
    strength = float(params["strength"])
    smoothed = (buyers[:-1] + strength * told) / (size[:-1] + strength)
    likes = np.float32(params["weight"]) * _log_ratio(smoothed, told)
    return np.vstack([likes, _log_ratio(told, everybody)]).astype(np.float32)


def _log_ratio(shares: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Return the logarithm of shares over others; zero where there is nothing to compare."""
    ratio = np.divide(shares, against, out=np.ones_like(shares), where=against > 0)
    logs: np.ndarray = np.log(np.maximum(ratio, NEVER))
    return logs


def _rows(prepared: Prepared) -> sparse.csr_matrix:
    """Return rows x segments, the last one for all of whom anything was told."""
    rows = _without_zeros(feature_matrix(prepared))
    is_told = (np.diff(rows.indptr) > 0).astype(np.float32)[:, None]
    return _without_zeros(sparse.hstack([rows, is_told]))


def _without_zeros(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    rows = sparse.csr_matrix(rows, dtype=np.float32)
    rows.eliminate_zeros()
    return rows
