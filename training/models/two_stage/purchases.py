"""Purchases before a moment, a row per basket and item, ordered so that a pair's rows adjoin."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from training.dataset import Dataset
from training.models.history import WEEK_SECONDS

Shape = tuple[int, int]


@dataclass(frozen=True)
class Purchases:
    """Distinct (user, item, order) rows, by user, item and falling age; ages are in weeks."""

    user: np.ndarray  # int32
    item: np.ndarray  # int32
    order: np.ndarray  # int32
    age: np.ndarray  # float32: since it happened
    known_age: np.ndarray  # float32: since it was known
    shape: Shape  # users, items

    def before(self, weeks: float) -> "Purchases":
        """Return what had happened and was known so many weeks earlier, aged from that moment."""
        kept = (self.known_age > weeks) & (self.age > weeks)
        shift = np.float32(weeks)
        return Purchases(
            self.user[kept],
            self.item[kept],
            self.order[kept],
            self.age[kept] - shift,
            self.known_age[kept] - shift,
            self.shape,
        )

    def bought(self, weeks: float, horizon: float) -> np.ndarray:
        """Return the sorted keys of pairs bought in the `horizon` that began so many weeks ago."""
        within = (self.age <= weeks) & (self.age > weeks - horizon)
        return np.unique(self.keys(self.user[within], self.item[within]))

    def keys(self, user: np.ndarray, item: np.ndarray) -> np.ndarray:
        """Return one number per pair, in the order of the rows."""
        keys: np.ndarray = user.astype(np.int64) * self.shape[1] + item
        return keys

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each pair's rows begin."""
        return first_of_runs(self.keys(self.user, self.item))

    @cached_property
    def baskets(self) -> pd.DataFrame:
        """Every basket once: user, age, size (items); by user and falling age."""
        rows = pd.DataFrame({"user": self.user, "order": self.order, "age": self.age})
        found = rows.groupby(["user", "order"], sort=False)["age"].agg(["min", "size"])
        baskets = found.reset_index().rename(columns={"min": "age"})
        return baskets.sort_values(
            ["user", "age", "order"], ascending=[True, False, True], ignore_index=True
        )

    @property
    def weeks_of_history(self) -> float:
        """How long ago the first purchase was."""
        return float(self.age.max(initial=0))


def purchases_of(dataset: Dataset) -> Purchases:
    """Return everything known before the dataset's cutoff."""
    rows = dataset.interactions
    known_at = rows["known_at"] if "known_at" in rows else rows["interacted_at"]
    frame = pd.DataFrame(
        {
            "user": rows["user_index"].to_numpy(np.int32),
            "item": rows["item_index"].to_numpy(np.int32),
            "order": rows["order_index"].to_numpy(np.int32),
            "age": _weeks_before(dataset, rows["interacted_at"]),
            "known_age": _weeks_before(dataset, known_at),
        }
    ).drop_duplicates(["user", "item", "order"])
    order = np.lexsort((frame["order"], -frame["age"], frame["item"], frame["user"]))
    user, item, order_index, age, known_age = (
        frame[name].to_numpy()[order] for name in ("user", "item", "order", "age", "known_age")
    )
    return Purchases(user, item, order_index, age, known_age, dataset.shape)


def first_of_runs(values: np.ndarray) -> np.ndarray:
    """Return where each run of equal values begins."""
    if values.size == 0:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))


def _weeks_before(dataset: Dataset, moments: "pd.Series[pd.Timestamp]") -> np.ndarray:
    age = (pd.Timestamp(dataset.cutoff) - moments).dt.total_seconds().to_numpy()
    return np.asarray(age / WEEK_SECONDS, dtype=np.float32)
