"""Feature columns of any shop, one-hot: categories, JSON attributes and numbers in quantile bins."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.columns import ATTRIBUTES

BINS = 5


def one_hot(
    features: pd.DataFrame, is_known: np.ndarray, *, min_count: int, numbers: bool = True
) -> tuple[list[str], sparse.csr_matrix]:
    """Return feature names and rows x features, 1 where a row has the feature.

    A value becomes a feature if at least `min_count` of the rows in the mask `is_known` carry it.
    """
    columns = [
        _tokens(name, features[name])
        for name in features
        if numbers or not _is_number(features[name])
    ]
    columns = [token for group in columns for token in group]
    names: list[str] = []
    blocks = []
    for tokens in columns:
        kept, block = _block(tokens, is_known, min_count)
        names += kept
        blocks.append(block)
    empty = sparse.csr_matrix((len(features), 0), dtype=np.float32)
    return names, sparse.hstack([empty, *blocks], format="csr", dtype=np.float32)


def _tokens(name: str, values: pd.Series) -> list[pd.Series]:
    """Return one column of "name=value" texts, or several from a column of JSON attributes."""
    if name == ATTRIBUTES:
        return _attribute_tokens(values)
    if pd.api.types.is_datetime64_any_dtype(values):
        return []
    if _is_number(values):
        return [_texts(name, _bin(values))]
    return [_texts(name, values)]


def _attribute_tokens(values: pd.Series) -> list[pd.Series]:
    """Return a column per JSON key."""
    codes, unique = pd.factorize(values)
    parsed = pd.DataFrame([json.loads(text) for text in unique])
    rows = parsed.reindex(codes).reset_index(drop=True)
    return [_texts(f"{ATTRIBUTES}.{key}", rows[key]) for key in rows]


def _texts(name: str, values: pd.Series) -> pd.Series:
    """Return "name=value", missing where the value is."""
    return (name + "=" + values.astype(str)).where(values.notna())


def _bin(values: pd.Series) -> pd.Series:
    """Return which fifth of the known values each value falls into."""
    numbers = values.astype(float)
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1]))
    return pd.Series(np.searchsorted(edges, numbers), index=values.index).where(numbers.notna())


def _block(
    tokens: pd.Series, is_known: np.ndarray, min_count: int
) -> tuple[list[str], sparse.csr_matrix]:
    """Return the frequent tokens of one column and where they stand."""
    counts = tokens[is_known].value_counts()
    kept = sorted(counts.index[counts >= min_count])
    codes = pd.Index(kept).get_indexer(tokens)
    rows = np.flatnonzero(codes >= 0)
    ones = np.ones(rows.size, dtype=np.float32)
    shape = (len(tokens), len(kept))
    return kept, sparse.csr_matrix((ones, (rows, codes[rows])), shape=shape)


def _is_number(values: pd.Series) -> bool:
    """Return whether a column holds numbers to be cut into bins (a yes or no is no number)."""
    is_bool = pd.api.types.is_bool_dtype(values)
    return bool(pd.api.types.is_numeric_dtype(values)) and not is_bool
