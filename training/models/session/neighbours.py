"""Items that are bought, or visited, together: what the items of a visit lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from aisle.core.artifact import Array
from training.dataset import Dataset
from training.models.history import recent_interactions
from training.models.sparse_rows import matrix_arrays, matrix_from

BATCH_ITEMS = 1000
LARGEST_BASKET = 100  # items: what is bought with everything says nothing
SHRINKAGE = 10  # orders: what was seen together once or twice counts little
DECAY = 0.9  # of an item's say for each that came after it
NAME = "session"


@dataclass(frozen=True)
class Neighbours:
    """`weights[i, j]`: cosine of the orders with item i and those with item j."""

    weights: sparse.csr_matrix  # items x items, few entries a row, none for an item itself
    weight: np.float32  # of a visit of a user with history, beside what that history says
    newcomer_weight: np.float32  # of a visit of anybody else, beside what is popular

    def of_session(self, items: np.ndarray) -> np.ndarray | None:
        """Return 0 … 1 for all items after those of a visit, the oldest first; None for nothing."""
        age = np.arange(items.size)[::-1]
        say = sparse.csr_matrix(
            (np.float32(DECAY) ** age, (np.zeros_like(items), items)),
            shape=(1, self.weights.shape[0]),
            dtype=np.float32,
        )
        found = np.asarray((say @ self.weights).todense(), dtype=np.float32)[0]
        highest = found.max(initial=0)
        return None if highest <= 0 else found / highest

    def weight_for(self, is_known: bool) -> np.float32:
        """Return how much a visit of somebody with history counts, or of somebody without."""
        return self.weight if is_known else self.newcomer_weight

    def arrays(self) -> dict[str, Array]:
        """Return what goes into an artifact."""
        both = np.array([self.weight, self.newcomer_weight])
        return {**matrix_arrays(NAME, self.weights), f"{NAME}_weight": both}

    @classmethod
    def restored(cls, arrays: dict[str, Array], items: int) -> "Neighbours":
        """Return what `arrays` gave."""
        weights = matrix_from(NAME, arrays, (items, items))
        known, newcomer = arrays[f"{NAME}_weight"]
        return cls(weights, np.float32(known), np.float32(newcomer))


def learn_neighbours(dataset: Dataset, params: Mapping[str, Any]) -> Neighbours:
    """Return each item's nearest ones by the orders of the last weeks.

    params: `weeks` of history, `neighbours` kept an item, `min_orders` an item needs, and both
    weights.
    """
    orders, pool = _orders(dataset, float(params["weeks"]), int(params["min_orders"]))
    counts = np.asarray(orders.sum(axis=0), dtype=np.float32).ravel()
    length = np.sqrt(counts + SHRINKAGE)
    rows, columns, values = [], [], []
    for start in range(0, pool.size, BATCH_ITEMS):
        batch = slice(start, start + BATCH_ITEMS)
        together = sparse.csr_matrix(orders[:, batch].T @ orders)
        for place in range(together.shape[0]):
            span = slice(together.indptr[place], together.indptr[place + 1])
            others, count = together.indices[span], together.data[span]
            item = start + place
            cosine = np.where(others == item, 0, count / (length[others] * length[item]))
            best = _best(cosine, int(params["neighbours"]))
            rows.append(np.full(best.size, pool[item]))
            columns.append(pool[others[best]])
            values.append(cosine[best])
    shape = (dataset.shape[1], dataset.shape[1])
    found = (_joined(values, np.float32), (_joined(rows, np.intp), _joined(columns, np.intp)))
    return Neighbours(
        sparse.csr_matrix(found, shape=shape),
        np.float32(params["weight"]),
        np.float32(params["newcomer_weight"]),
    )


def rank_scores(scores: np.ndarray) -> np.ndarray:
    """Return 1 for the highest of a row of scores, falling as NDCG's discounts do."""
    rank = np.empty(scores.size, dtype=np.intp)
    rank[np.argsort(-scores, kind="stable")] = np.arange(scores.size)
    discounts: np.ndarray = (1 / np.log2(rank + 2)).astype(np.float32)
    return discounts


def _orders(
    dataset: Dataset, weeks: float, min_orders: int
) -> tuple[sparse.csc_matrix, np.ndarray]:
    """Return orders x pool, and the pool: items of enough orders (of two in a tiny shop)."""
    keys = ["order_index", "item_index"]
    lines = recent_interactions(dataset, 7 * weeks)[keys].drop_duplicates()
    size = lines.groupby("order_index")["item_index"].transform("size")
    lines = lines[size <= LARGEST_BASKET]
    count = np.bincount(lines["item_index"], minlength=dataset.shape[1])
    fewest = max(1, min(min_orders, int(count.max(initial=0)) // 2))
    pool = np.flatnonzero(count >= fewest)
    place = np.full(dataset.shape[1], -1)
    place[pool] = np.arange(pool.size)
    order = np.unique(lines["order_index"], return_inverse=True)[1]
    item = place[lines["item_index"].to_numpy()]
    ones = np.ones(int((item >= 0).sum()), dtype=np.float32)
    shape = (int(order.max(initial=-1)) + 1, pool.size)
    return sparse.csc_matrix((ones, (order[item >= 0], item[item >= 0])), shape=shape), pool


def _best(values: np.ndarray, count: int) -> np.ndarray:
    """Return the places of the highest positive values."""
    if values.size > count:
        best = np.sort(np.argpartition(-values, count)[:count])
    else:
        best = np.arange(values.size)
    positive: np.ndarray = best[values[best] > 0]
    return positive


def _joined(parts: list[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype=kind), *parts]).astype(kind)
