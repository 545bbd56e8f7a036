"""What LightFM is fitted on: active items, decayed weights, feature rows of users and items."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from training.dataset import Dataset
from training.models.base import Params
from training.models.features import numeric_columns, one_hot
from training.models.history import decayed_frequency, recent_interactions


@dataclass(frozen=True)
class LightFMInputs:
    """Matrices of one fit. The pool is the active items; only they are trained on."""

    pool: np.ndarray  # item indices
    weights: sparse.coo_matrix  # users x pool
    user_rows: sparse.csr_matrix  # users x user features
    item_rows: sparse.csr_matrix  # all items x item features

    @property
    def pool_rows(self) -> sparse.csr_matrix:
        """The feature rows of the active items."""
        return self.item_rows[self.pool]


def lightfm_inputs(
    dataset: Dataset, params: Params, *, with_features: bool = True
) -> LightFMInputs:
    """Return the interactions of the last weeks with active items, and everybody's rows.

    A row holds an identity, for those who are trained, and any features beside it.
    """
    recent = replace(dataset, interactions=recent_interactions(dataset, params["weeks"] * 7))
    pool = active_items(recent, int(params["min_users"]))
    weights = decayed_frequency(recent, float(params["half_life_weeks"]))[:, pool].tocoo()
    weights.data /= weights.data.mean() if weights.nnz else 1
    is_active = np.isin(np.arange(dataset.item_ids.size), pool)
    rows = _feature_rows if with_features else _identity_rows
    is_trained = np.bincount(weights.row, minlength=dataset.user_ids.size) > 0
    return LightFMInputs(
        pool=pool,
        weights=weights,
        user_rows=rows(dataset.user_features, is_trained, params),
        item_rows=rows(dataset.item_features, is_active, params),
    )


def active_items(recent: Dataset, min_users: int) -> np.ndarray:
    """Return the items at least `min_users` users bought; in a tiny shop half the most will do."""
    bought = recent.interactions[["user_index", "item_index"]].drop_duplicates()
    users = np.bincount(bought["item_index"], minlength=recent.item_ids.size)
    return np.flatnonzero(users >= max(1, min(min_users, users.max(initial=0) // 2)))


def _feature_rows(
    features: pd.DataFrame, is_trained: np.ndarray, params: Params
) -> sparse.csr_matrix:
    """Return an identity for each trained row beside its features; a row sums to one, or zero."""
    if not params["numeric_features"]:
        features = features.drop(columns=numeric_columns(features))
    _, shared = one_hot(features, is_trained, min_count=int(params["min_feature_count"]))
    identity = float(params["identity_weight"]) * _identity(is_trained)
    rows = sparse.hstack([identity, shared], format="csr", dtype=np.float32)
    sums = np.asarray(rows.sum(axis=1)).ravel()
    scale = np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ rows, dtype=np.float32)


def _identity_rows(
    features: pd.DataFrame, is_trained: np.ndarray, params: Params
) -> sparse.csr_matrix:
    """Return an identity for each trained row and nothing else, whatever the features."""
    return _identity(is_trained)


def _identity(is_trained: np.ndarray) -> sparse.csr_matrix:
    """Return rows x trained rows, one where a trained row meets itself."""
    trained = np.flatnonzero(is_trained)
    ones = np.ones(trained.size, dtype=np.float32)
    shape = (is_trained.size, trained.size)
    return sparse.csr_matrix((ones, (trained, np.arange(trained.size))), shape=shape)
