"""What LightFM is fitted on: active items, decayed weights, feature rows of users and items."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.preparation import Preparation
from training.dataset import Dataset
from training.models.base import Params
from training.models.features import (
    columns_of,
    feature_matrix,
    plan_features,
    summing_to_one,
)
from training.models.history import decayed_frequency, recent_interactions
from training.preparation import fit_preparation


@dataclass(frozen=True)
class LightFMInputs:
    """Matrices of one fit. The pool is the active items; only they are trained on."""

    pool: np.ndarray  # item indices
    weights: sparse.coo_matrix  # users x pool
    user_rows: sparse.csr_matrix  # users x (identities of the trained, then user features)
    item_rows: sparse.csr_matrix  # all items x (identities of the active, then item features)
    user_preparation: Preparation  # of the user features
    item_preparation: Preparation  # of the item features

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
    user_rows, user_preparation = rows(dataset.user_features, is_trained, params)
    item_rows, item_preparation = rows(dataset.item_features, is_active, params)
    return LightFMInputs(pool, weights, user_rows, item_rows, user_preparation, item_preparation)


def planned_columns(features: pd.DataFrame, params: Params) -> list[str]:
    """Return the columns that become features; one of JSON stands for all its keys."""
    names = [plan.name for plan in plan_features(features, params)]
    known = (name if name in features else name.split(".")[0] for name in names)
    return [name for name in dict.fromkeys(known) if name in features]


def active_items(recent: Dataset, min_users: int) -> np.ndarray:
    """Return the items at least `min_users` users bought; in a tiny shop half the most will do."""
    bought = recent.interactions[["user_index", "item_index"]].drop_duplicates()
    users = np.bincount(bought["item_index"], minlength=recent.item_ids.size)
    return np.flatnonzero(users >= max(1, min(min_users, users.max(initial=0) // 2)))


def _feature_rows(
    features: pd.DataFrame, is_trained: np.ndarray, params: Params
) -> tuple[sparse.csr_matrix, Preparation]:
    """Return an identity for each trained row beside its features; a row sums to one, or zero."""
    preparation = fit_preparation(features, plan_features(features[is_trained], params), is_trained)
    shared = feature_matrix(preparation.apply(columns_of(features), len(features)))
    identity = float(params["identity_weight"]) * _identity(is_trained)
    return summing_to_one(
        sparse.hstack([identity, shared], format="csr", dtype=np.float32)
    ), preparation


def _identity_rows(
    features: pd.DataFrame, is_trained: np.ndarray, params: Params
) -> tuple[sparse.csr_matrix, Preparation]:
    """Return an identity for each trained row and nothing else, whatever the features."""
    return _identity(is_trained), Preparation(())


def _identity(is_trained: np.ndarray) -> sparse.csr_matrix:
    """Return rows x trained rows, one where a trained row meets itself."""
    trained = np.flatnonzero(is_trained)
    ones = np.ones(trained.size, dtype=np.float32)
    shape = (is_trained.size, trained.size)
    return sparse.csr_matrix((ones, (trained, np.arange(trained.size))), shape=shape)
