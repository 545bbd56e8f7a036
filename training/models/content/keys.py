"""What the catalogue tells of items, as keys: a column's value, or several columns' together."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from aisle.core.feature_values import Counts, Values, expanded, read_numbers, read_texts
from training.folds import TOLD_OF_ITEMS
from training.preparation import is_numeric

Columns = tuple[str, ...]

FIFTHS = 5
LARGEST_KEY = 3  # columns
MOST_DISTINCT_SHARE = 0.5  # of the rows with a value: beyond, a column names items one by one
NOTHING = -1


def told_columns(item_features: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return a code of each item per column that was told, not counted; -1 where it is missing.

    Categories as they are, numbers in fifths, JSON attributes taken apart. A column that says the
    same of all items, or something else of nearly every one, is left out.
    """
    told = {str(name): item_features[name] for name in item_features if name in TOLD_OF_ITEMS}
    coded = {name: _codes(name, values) for name, values in expanded(told, Counts()).items()}
    return {name: codes for name, codes in coded.items() if _divides(codes)}


def key_codes(columns: Mapping[str, np.ndarray], key: Columns) -> np.ndarray:
    """Return a code of each item for the values of several columns; -1 where all are missing.

    A missing value among others counts as a value: "no size given" is one of the sizes of a type.
    """
    codes = np.zeros(columns[key[0]].size, dtype=np.int64)
    is_given = np.zeros(codes.size, dtype=bool)
    for name in key:
        codes = codes * (columns[name].max(initial=0) + 2) + columns[name] + 1
        codes = np.unique(codes, return_inverse=True)[1]
        is_given |= columns[name] != NOTHING
    return np.where(is_given, codes, NOTHING)


def spread(liked: np.ndarray, user_index: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return float32, users x items: what users like (users x values) laid over items by `codes`.

    Zero for an item with no value, and for a user nobody knows, whose `user_index` is negative.
    """
    padded = np.zeros((user_index.size, liked.shape[1] + 1), dtype=np.float32)
    padded[:, :NOTHING] = liked
    padded[user_index < 0] = 0
    return np.take(padded, codes, axis=1)  # NOTHING is the last: what nobody likes


def keys_of(names: Sequence[str]) -> list[Columns]:
    """Return all combinations of two or three columns."""
    sizes = range(2, LARGEST_KEY + 1)
    return [key for size in sizes for key in combinations(names, size)]


def _codes(name: str, values: Values) -> np.ndarray:
    numeric = isinstance(values, pd.Series) and is_numeric(values)
    if numeric:
        numbers = read_numbers(values, name, Counts())
        known = numbers[~np.isnan(numbers)]
        if known.size == 0:
            return np.full(numbers.size, NOTHING)
        edges = np.unique(np.quantile(known, np.arange(1, FIFTHS) / FIFTHS))
        fifths = np.searchsorted(edges, numbers, side="right")
        return np.where(np.isnan(numbers), NOTHING, fifths)
    texts = pd.Series(list(read_texts(values, name, Counts())), dtype=object)
    codes: np.ndarray = pd.factorize(texts)[0]
    return codes


def _divides(codes: np.ndarray) -> bool:
    """Return whether a column tells some items from others, and not each from all."""
    known = codes[codes != NOTHING]
    distinct = np.unique(known).size
    return bool(1 < distinct <= max(FIFTHS, MOST_DISTINCT_SHARE * known.size))
