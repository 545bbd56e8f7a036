"""Any shop's feature columns as LightFM's rows: prepared values, a row summing to one."""

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.errors import AisleError
from aisle.core.feature_values import Columns
from aisle.core.preparation import Prepared
from training.models.base import Params
from training.preparation import ColumnPlan, Kind, plan_columns

FIFTHS = "fifths"
PREPARED = "prepared"
NUMERIC: dict[object, str | None] = {
    False: None,
    True: FIFTHS,
    FIFTHS: FIFTHS,
    PREPARED: PREPARED,
}


def plan_features(features: pd.DataFrame, params: Params) -> list[ColumnPlan]:
    """Return how each column becomes features of LightFM.

    A category that at least `min_feature_count` trained rows carry is one; rarer ones are none.
    `numeric_features` says what becomes of numbers: false (nothing), true (fifths) or "prepared"
    (one feature between 0 and 1, after a logarithm where the tail is heavy).
    """
    wanted = params["numeric_features"]
    if wanted not in NUMERIC:
        raise AisleError(
            f"numeric_features is {wanted!r}: params.yaml may say false, true (fifths) or prepared."
        )
    plans = []
    for plan in plan_columns(features, scaling="min_max"):
        kind = _kind(plan.kind, NUMERIC[wanted])
        if kind is not None:
            count = int(params["min_feature_count"])
            plans.append(ColumnPlan(plan.name, kind, "min_max", count, groups_rare=False))
    return plans


def _kind(found: Kind, numeric: str | None) -> Kind | None:
    if found == "category" or numeric == PREPARED:
        return found
    return "fifths" if numeric == FIFTHS else None


def columns_of(features: pd.DataFrame) -> Columns:
    """Return a frame's columns by name."""
    return {str(name): features[name] for name in features.columns}


def feature_matrix(prepared: Prepared) -> sparse.csr_matrix:
    """Return rows x features; nothing for a row of which every value is missing."""
    is_kept = prepared.is_given[prepared.rows]
    entries = prepared.values[is_kept].astype(np.float32)
    positions = (prepared.rows[is_kept], prepared.outputs[is_kept])
    shape = (prepared.row_count, len(prepared.names))
    return sparse.csr_matrix((entries, positions), shape=shape)


def summing_to_one(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return rows divided by their sums; one without any feature stays empty."""
    sums = np.asarray(rows.sum(axis=1)).ravel()
    scale = np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)
    return sparse.csr_matrix(sparse.diags(scale) @ rows, dtype=np.float32)
