"""Fits how feature values become numbers, with scikit-learn, on the rows of training only.

What comes out is plain numbers (`aisle.core.preparation`); a model needs no scikit-learn online.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from aisle.core.errors import AisleError
from aisle.core.feature_values import Columns, Counts, Values, expanded, read_numbers, read_texts
from aisle.core.preparation import (
    FURTHEST,
    BinnedColumn,
    CategoryColumn,
    Floats,
    NumberColumn,
    Preparation,
    PreparedColumn,
    Scaling,
    signed_log,
)

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Kind = Literal["heavy_tail", "bounded", "plain", "fifths", "category"]
FIFTHS = 5
EVENLY = "linear"  # how a fifth's edge is found between two values


@dataclass(frozen=True)
class ColumnPlan:
    """How one column is to be prepared.

    heavy_tail: counts and money, a logarithm before scaling · bounded: shares and ratings, always
    min-max · plain: any other number · fifths: a number as one of five ranges · category: texts,
    those rarer than `min_count` share one output if `groups_rare`, else they say nothing.
    """

    name: str
    kind: Kind
    scaling: Scaling = "z_score"
    min_count: int = 20
    groups_rare: bool = True  # of a category: outputs for rare and unseen, and for missing values


def plan_columns(
    features: pd.DataFrame, *, scaling: Scaling = "z_score", min_count: int = 20
) -> list[ColumnPlan]:
    """Return a plan by what the columns hold: moments are left out, JSON attributes taken apart.

    Numbers between 0 and 1 are bounded, others without a negative one heavy-tailed, the rest plain.
    """
    plans = []
    for name, values in expanded(_columns(features), Counts()).items():
        kind = _kind(values)
        if kind is not None:
            plans.append(ColumnPlan(name, kind, scaling, min_count))
    return plans


def fit_preparation(
    features: pd.DataFrame, plans: Sequence[ColumnPlan], is_training: np.ndarray
) -> Preparation:
    """Return the preparation fitted on the rows of the mask `is_training`.

    A column without a value there, or with numbers beyond what floats can scale, is left out: it
    could say nothing.
    """
    training = expanded(_columns(features[is_training]), Counts())
    fitted = [_fitted(plan, training) for plan in plans]
    return Preparation(tuple(column for column in fitted if column is not None))


def scaling_pipeline(plan: ColumnPlan) -> "Pipeline":
    """Return what scikit-learn does with the numbers of a column (rows x 1), gaps as NaN."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

    steps: list[Any] = [SimpleImputer(strategy="median", keep_empty_features=True)]
    if plan.kind == "heavy_tail":
        steps.append(FunctionTransformer(signed_log))
    if _scaling(plan) == "min_max":
        return make_pipeline(*steps, MinMaxScaler(clip=True))
    limits = {"a_min": -FURTHEST, "a_max": FURTHEST}
    return make_pipeline(*steps, StandardScaler(), FunctionTransformer(np.clip, kw_args=limits))


def _columns(features: pd.DataFrame) -> Columns:
    return {str(name): features[name] for name in features.columns}


def _kind(values: Values) -> Kind | None:
    """Return how a column that nobody declared is prepared; None where it cannot be."""
    if isinstance(values, pd.Series) and pd.api.types.is_datetime64_any_dtype(values):
        return None
    if not isinstance(values, pd.Series) or not is_numeric(values):
        return "category"
    numbers = read_numbers(values, "", Counts())
    known = numbers[~np.isnan(numbers)]
    if known.size and known.min() < 0:
        return "plain"
    return "bounded" if known.max(initial=0) <= 1 else "heavy_tail"


def is_numeric(values: pd.Series) -> bool:
    """Return whether a column holds numbers; a yes or no is no number."""
    is_bool = pd.api.types.is_bool_dtype(values)
    return bool(pd.api.types.is_numeric_dtype(values)) and not is_bool


def _fitted(plan: ColumnPlan, training: Columns) -> PreparedColumn | None:
    if plan.name not in training:
        return None
    if plan.kind == "category":
        return _category(plan, training[plan.name])
    numbers = read_numbers(training[plan.name], plan.name, Counts())
    if np.isnan(numbers).all():
        return None
    return _fifths(plan, numbers) if plan.kind == "fifths" else _number(plan, numbers)


def _number(plan: ColumnPlan, numbers: Floats) -> NumberColumn | None:
    with np.errstate(over="ignore", invalid="ignore"):
        steps = scaling_pipeline(plan).fit(numbers[:, None]).named_steps
    median = float(steps["simpleimputer"].statistics_[0])
    scaling = _scaling(plan)
    if scaling == "min_max":
        scaler = steps["minmaxscaler"]
        center, scale = float(scaler.min_[0]), float(scaler.scale_[0])
    else:
        scaler = steps["standardscaler"]
        center, scale = float(scaler.mean_[0]), float(scaler.scale_[0])
    if not np.isfinite([median, center, scale]).all():
        return None
    return NumberColumn(
        name=plan.name,
        is_log=plan.kind == "heavy_tail",
        scaling=scaling,
        median=median,
        center=center,
        scale=scale,
        has_indicator=bool(np.isnan(numbers).any()),
    )


def _fifths(plan: ColumnPlan, numbers: Floats) -> BinnedColumn:
    from sklearn.preprocessing import KBinsDiscretizer

    known = numbers[~np.isnan(numbers)]
    binner = KBinsDiscretizer(
        FIFTHS, encode="ordinal", strategy="quantile", quantile_method=EVENLY, subsample=None
    )
    with np.errstate(over="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # equal edges are one: fewer ranges will do
        edges = binner.fit(known[:, None]).bin_edges_[0]
    return BinnedColumn(plan.name, tuple(float(edge) for edge in edges[1:-1]))


def _category(plan: ColumnPlan, values: Values) -> CategoryColumn | None:
    texts = list(read_texts(values, plan.name, Counts()))
    present = [text for text in texts if text is not None]
    if not present:
        return None
    encoder = category_encoder(plan).fit(np.array(present, dtype=object)[:, None])
    rare = encoder.infrequent_categories_[0]
    hidden = set() if rare is None else set(rare)
    kept = tuple(text for text in encoder.categories_[0] if text not in hidden)
    if not kept and not plan.groups_rare:
        return None
    return CategoryColumn(
        name=plan.name,
        categories=kept,
        has_other=plan.groups_rare and bool(hidden),
        has_indicator=plan.groups_rare and len(present) < len(texts),
    )


def category_encoder(plan: ColumnPlan) -> Any:
    """Return what scikit-learn does with the texts of a column (rows x 1), none of them missing."""
    from sklearn.preprocessing import OneHotEncoder

    if plan.min_count < 1:
        raise AisleError(
            f"A category of {plan.name} would have to occur {plan.min_count} times: the least is 1."
        )
    return OneHotEncoder(
        min_frequency=plan.min_count, handle_unknown="infrequent_if_exist", sparse_output=False
    )


def _scaling(plan: ColumnPlan) -> Scaling:
    return "min_max" if plan.kind == "bounded" else plan.scaling
