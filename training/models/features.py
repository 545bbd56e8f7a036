"""Any shop's feature columns as one-hot rows: categories, JSON attributes, numbers in fifths."""

import json

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.columns import ATTRIBUTES

BINS = 5


def one_hot(
    features: pd.DataFrame, is_known: np.ndarray, *, min_count: int
) -> tuple[list[str], sparse.csr_matrix]:
    """Return feature names, such as "brand=Private", and rows x features, 1 where a row has it.

    A value becomes a feature if at least `min_count` of the rows in the mask `is_known` carry it.
    Moments are left out; a shop that wants them turns them into numbers first.
    """
    names: list[str] = []
    blocks = [sparse.csr_matrix((len(features), 0), dtype=np.float32)]
    for column in features.columns:
        for tokens in _tokens(str(column), features[column]):
            kept, block = _block(tokens, is_known, min_count)
            names += kept
            blocks.append(block)
    return names, sparse.hstack(blocks, format="csr", dtype=np.float32)


def numeric_columns(features: pd.DataFrame) -> list[str]:
    """Return the names of the columns that hold numbers; a yes or no is no number."""
    return [str(name) for name in features.columns if _is_numeric(features[name])]


def _is_numeric(values: pd.Series) -> bool:
    """Return whether a column holds numbers."""
    is_bool = pd.api.types.is_bool_dtype(values)
    return bool(pd.api.types.is_numeric_dtype(values)) and not is_bool


def _tokens(name: str, values: pd.Series) -> list[pd.Series]:
    """Return one column of "name=value" texts, or several from a column of JSON attributes."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return []
    if name == ATTRIBUTES:
        return _attribute_tokens(values)
    if _is_numeric(values):
        return [_texts(name, _fifths(values.astype(float)))]
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


def _fifths(numbers: pd.Series) -> pd.Series:
    """Return which fifth of the known numbers each one falls into."""
    known = numbers.dropna()
    if known.empty:
        return numbers
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    return pd.Series(np.searchsorted(edges, numbers), index=numbers.index).where(numbers.notna())


def _block(
    tokens: pd.Series, is_known: np.ndarray, min_count: int
) -> tuple[list[str], sparse.csr_matrix]:
    """Return the frequent tokens of one column and where they stand."""
    counts = tokens[is_known].value_counts()
    kept = sorted(counts.index[counts >= min_count])
    codes = pd.Index(kept, dtype=object).get_indexer(pd.Index(tokens))
    rows = np.flatnonzero(codes >= 0)
    ones = np.ones(rows.size, dtype=np.float32)
    shape = (len(tokens), len(kept))
    return kept, sparse.csr_matrix((ones, (rows, codes[rows])), shape=shape)
