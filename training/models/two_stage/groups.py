"""Groups of items found in any shop's text columns: product types, categories, makers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aisle.core.feature_values import Counts, expanded

FEWEST_GROUPS = 2
FEWEST_ITEMS = 3  # per group, on average


@dataclass(frozen=True)
class Groups:
    """One way to sort all items: a code per item; items without a value share the last code."""

    name: str
    codes: np.ndarray  # int32, items
    count: int


def item_groups(features: pd.DataFrame, most: int) -> list[Groups]:
    """Return up to `most` groupings, the finest first; JSON attributes are taken apart."""
    found = []
    for name, column in _texts(features):
        codes, distinct = pd.factorize(column)
        count = len(distinct)
        if FEWEST_GROUPS <= count <= len(features) / FEWEST_ITEMS:
            known = np.where(codes < 0, count, codes).astype(np.int32)
            found.append(Groups(name, known, count + 1))
    return sorted(found, key=lambda groups: -groups.count)[:most]


def _texts(features: pd.DataFrame) -> "Iterator[tuple[str, pd.Series[Any]]]":
    """Yield columns of plain texts: neither numbers, moments, truths nor lists."""
    columns = {str(name): features[name] for name in features.columns}
    for name, values in expanded(columns, Counts()).items():
        column = pd.Series(values, dtype=None if isinstance(values, pd.Series) else object)
        known = column.dropna()
        if known.size and known.map(lambda value: isinstance(value, str)).all():
            yield name, column
