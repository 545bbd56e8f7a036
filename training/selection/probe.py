"""The probe: a LightGBM over prepared features, judged by NDCG@10 of each user's candidates."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aisle.core.preparation import CategoryColumn, Preparation
from training.metrics import ndcg
from training.preparation import fit_preparation, plan_columns
from training.selection.candidates import Candidates

if TYPE_CHECKING:
    from lightgbm import Booster

K = 10
NO_CATEGORY = -1
RAREST = 0.002  # of the rows; a rarer category is "other"


@dataclass(frozen=True)
class Table:
    """Prepared rows of one window. A feature may have several columns, one value per category."""

    matrix: np.ndarray  # rows x columns, float32
    is_bought: np.ndarray
    group_starts: np.ndarray  # where each user's rows begin

    def select(self, columns: list[int]) -> "Table":
        """Return a copy with some columns only."""
        return replace(self, matrix=self.matrix[:, columns])


@dataclass(frozen=True)
class Layout:
    """Which columns of the matrix are whose."""

    preparation: Preparation
    columns: dict[str, list[int]]  # by feature
    categorical: list[int]

    def select(self, features: list[str]) -> tuple[list[int], "Layout"]:
        """Return the columns of some features, and their layout among themselves."""
        kept = [column for feature in features for column in self.columns[feature]]
        place = {column: number for number, column in enumerate(kept)}
        columns = {f: [place[column] for column in self.columns[f]] for f in features}
        categorical = [place[column] for column in self.categorical if column in place]
        return kept, Layout(self.preparation, columns, categorical)


def layout_of(values: pd.DataFrame) -> Layout:
    """Return a preparation fitted on all rows of training, and whose the columns are.

    A category is one column of codes: LightGBM needs no column per value.
    """
    everything = np.ones(len(values), dtype=bool)
    plans = plan_columns(values, min_count=max(1, int(len(values) * RAREST)))
    preparation = fit_preparation(values, plans, everything)
    columns: dict[str, list[int]] = {}
    categorical, count = [], 0
    for column in preparation.columns:
        width = 1 if isinstance(column, CategoryColumn) else len(column.outputs)
        columns[column.name] = list(range(count, count + width))
        if isinstance(column, CategoryColumn):
            categorical.append(count)
        count += width
    return Layout(preparation, columns, categorical)


def prepared_table(values: pd.DataFrame, layout: Layout, candidates: Candidates) -> Table:
    """Return the rows of a window as the layout prepares them."""
    columns = {str(name): values[name] for name in values.columns}
    prepared = layout.preparation.apply(columns, len(values))
    count = sum(map(len, layout.columns.values()))
    matrix = np.zeros((len(values), count), dtype=np.float32)
    matrix[:, layout.categorical] = NO_CATEGORY
    place, entry = _targets(layout)
    rows, outputs = prepared.rows, prepared.outputs
    is_code = entry[outputs] >= 0
    matrix[rows, place[outputs]] = np.where(is_code, entry[outputs], prepared.values)
    return Table(matrix, candidates.is_bought, candidates.group_starts)


def _targets(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Return for each output its column of the matrix, and its code if it is a category's value."""
    places, codes = [], []
    for column in layout.preparation.columns:
        targets = layout.columns[column.name]
        for number in range(len(column.outputs)):
            is_category = isinstance(column, CategoryColumn)
            places.append(targets[0] if is_category else targets[number])
            codes.append(number if is_category else NO_CATEGORY)
    return np.array(places, dtype=np.intp), np.array(codes, dtype=np.intp)


def fit_probe(table: Table, layout: Layout, *, trees: int, seed: int, threads: int) -> "Booster":
    """Return a LightGBM that tells what was bought; the same for a seed, whatever the threads."""
    import lightgbm

    params: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": 0.1,
        "num_leaves": 31,
        "min_data_in_leaf": 50,
        "feature_fraction": 0.5,  # features that say the same share the work
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }
    rows = lightgbm.Dataset(
        table.matrix,
        label=table.is_bought.astype(np.float32),
        categorical_feature=layout.categorical,
        params={"verbosity": -1},
    )
    return lightgbm.train(params, rows, num_boost_round=trees)


def user_ndcg(scores: np.ndarray, table: Table) -> np.ndarray:
    """Return NDCG@10 of each user's candidates, ranked by score; equal ones by position."""
    sizes = np.diff(np.append(table.group_starts, scores.size))
    users = np.repeat(np.arange(sizes.size), sizes)
    order = np.lexsort((-scores, users))
    ranks = np.arange(scores.size) - table.group_starts[users]
    found = np.zeros((sizes.size, K), dtype=bool)
    is_shown = ranks < K
    found[users[is_shown], ranks[is_shown]] = table.is_bought[order][is_shown]
    return ndcg(found, np.add.reduceat(table.is_bought.astype(int), table.group_starts), K)
