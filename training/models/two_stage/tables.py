"""Columns of features by key: looked up for any rows, filled with a value where a key is absent."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Table:
    """One row per key, keys sorted."""

    keys: np.ndarray  # int64
    columns: Mapping[str, np.ndarray]  # float32, one value per key
    absent: Mapping[str, float]  # the value of a key that is not there

    def find(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where each key stands, and whether it is there."""
        if self.keys.size == 0:
            return np.zeros(keys.size, dtype=np.intp), np.zeros(keys.size, dtype=bool)
        place = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        return place, self.keys[place] == keys

    def rows(self, keys: np.ndarray) -> dict[str, np.ndarray]:
        """Return every column for these keys."""
        place, is_there = self.find(keys)
        if self.keys.size == 0:
            return {
                name: np.full(keys.size, self.absent[name], dtype=np.float32)
                for name in self.columns
            }
        return {
            name: np.where(is_there, values[place], np.float32(self.absent[name]))
            for name, values in self.columns.items()
        }
