"""Rankers: from feature rows to the probability that a user takes an item in the next weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from training.models.base import Params
from training.models.two_stage.log_odds import log_odds, probability_of

if TYPE_CHECKING:
    from lightgbm import Booster

FEWEST_POSITIVES = 40  # of bought before, and of new: with fewer there is nothing to learn from
LEAST_DEVIATION = 1e-4
FURTHEST = np.float32(8)  # standard deviations a feature may be from its mean
LIKELIEST = 1 - 1e-6


@dataclass(frozen=True)
class TrainingRows:
    """Sampled candidates of past windows."""

    matrix: np.ndarray  # float32, rows x features
    names: Sequence[str]
    is_seen: np.ndarray
    is_bought: np.ndarray  # in the weeks after
    weight: np.ndarray  # float32: how many candidates a row stands for


def no_rows() -> TrainingRows:
    """Return nothing to learn from."""
    nothing, empty = np.empty(0, dtype=bool), np.empty(0, dtype=np.float32)
    return TrainingRows(np.empty((0, 0), dtype=np.float32), [], nothing, nothing, empty)


def joined(parts: Sequence[TrainingRows]) -> TrainingRows:
    """Return the rows of all parts as one; empty parts have no columns and are left out."""
    filled = [part for part in parts if part.is_bought.size]
    if not filled:
        return no_rows()
    return TrainingRows(
        np.concatenate([part.matrix for part in filled]),
        filled[0].names,
        np.concatenate([part.is_seen for part in filled]),
        np.concatenate([part.is_bought for part in filled]),
        np.concatenate([part.weight for part in filled]),
    )


class Ranker(Protocol):
    """Tells how likely each row is bought."""

    def probability(
        self, matrix: np.ndarray, is_seen: np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        """Return float32, one per row; `names` are the columns'."""
        ...


@dataclass(frozen=True)
class Logistic:
    """A logistic regression on standardised features."""

    varying: np.ndarray  # the columns it reads
    centre: np.ndarray
    spread: np.ndarray
    coefficients: np.ndarray
    intercept: float

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return float32, one per row."""
        logit = _standardised(matrix[:, self.varying], self.centre, self.spread) @ self.coefficients
        logit += np.float32(self.intercept)
        return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float32)


@dataclass(frozen=True)
class Constant:
    """The same for every row: a part of which hardly anything was ever bought."""

    value: float
    order: int  # column that breaks the ties

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return float32, one per row, higher where the tie breaking column is."""
        column = matrix[:, self.order]
        raised = 1 + column / (1 + np.abs(column)) / 100
        return np.asarray(self.value * raised, dtype=np.float32)


@dataclass(frozen=True)
class LinearRanker:
    """One regression for items a user has bought, another for items new to them."""

    seen: Logistic | Constant
    new: Logistic | Constant

    def probability(
        self, matrix: np.ndarray, is_seen: np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        """Return float32, one per row."""
        answer = np.empty(is_seen.size, dtype=np.float32)
        answer[is_seen] = self.seen.probability(matrix[is_seen])
        answer[~is_seen] = self.new.probability(matrix[~is_seen])
        return answer


@dataclass(frozen=True)
class TreeRanker:
    """LightGBM beside the regressions: the weighted mean of their log odds.

    The two err differently: together they rank better than either alone.
    """

    linear: LinearRanker
    boosters: "Sequence[Booster]"  # they differ by their seed
    share_seen: float  # of the trees in the mean, for items bought before
    share_new: float
    threads: int

    def probability(
        self, matrix: np.ndarray, is_seen: np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        """Return float32, one per row."""
        if is_seen.size == 0:
            return np.empty(0, dtype=np.float32)
        trees = sum(
            model.predict(matrix, raw_score=True, num_threads=self.threads)
            for model in self.boosters
        )
        share = np.where(is_seen, self.share_seen, self.share_new)
        odds = share * np.asarray(trees) / len(self.boosters)
        odds += (1 - share) * log_odds(self.linear.probability(matrix, is_seen, names))
        return probability_of(odds).astype(np.float32)


def fit_linear(rows: TrainingRows, params: Params) -> LinearRanker:
    """Return two regressions; the weights undo the sampling, so that they are calibrated."""
    return LinearRanker(
        seen=_regression(rows, rows.is_seen, "own_count_4", params),
        new=_regression(rows, ~rows.is_seen, "item_first_buyers_6", params),
    )


def fit_trees(rows: TrainingRows, params: Params, *, threads: int) -> TreeRanker:
    """Return boosted trees over bought and new items together, beside the regressions."""
    import lightgbm

    linear = fit_linear(rows, params)
    settings = _tree_settings(params, rows.is_bought.size, threads)
    table = lightgbm.Dataset(
        rows.matrix,
        rows.is_bought,
        weight=rows.weight,
        feature_name=list(rows.names),
        params=settings,
        free_raw_data=True,
    )
    models = [
        lightgbm.train(
            {**settings, "seed": int(params["seed"]) + turn}, table, int(params["trees"])
        )
        for turn in range(int(params["bags"]))
    ]
    share = params["tree_share"]
    return TreeRanker(linear, models, float(share["seen"]), float(share["new"]), threads)


def _tree_settings(params: Params, rows: int, threads: int) -> Mapping[str, object]:
    """Return LightGBM's parameters; leaves are kept large enough to hold some bought items."""
    return {
        "objective": "binary",
        "num_leaves": int(params["leaves"]),
        "learning_rate": float(params["learning_rate"]),
        "min_data_in_leaf": max(20, min(int(params["leaf_rows"]), rows // 100)),
        "feature_fraction": 0.4,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "max_bin": 63,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _regression(
    rows: TrainingRows, is_part: np.ndarray, order: str, params: Params
) -> Logistic | Constant:
    """Return a regression, or the plain share where next to nothing of this part was bought."""
    is_bought, weight = rows.is_bought[is_part], rows.weight[is_part]
    bought = int(is_bought.sum())
    if min(bought, is_bought.size - bought) < FEWEST_POSITIVES:
        share = (bought + 0.1) / (float(weight.sum()) + 1)
        return Constant(min(share, LIKELIEST / 2), list(rows.names).index(order))
    from sklearn.linear_model import LogisticRegression

    matrix = rows.matrix[is_part]
    deviation = matrix.std(axis=0)
    varying = np.flatnonzero(deviation > LEAST_DEVIATION)  # constant ones leave Newton no solution
    matrix = matrix[:, varying]
    centre, spread = matrix.mean(axis=0), deviation[varying]
    model = LogisticRegression(C=float(params["inverse_penalty"]), solver="newton-cholesky")
    model.fit(_standardised(matrix, centre, spread), is_bought, sample_weight=weight)
    coefficients = model.coef_[0].astype(np.float32)
    return Logistic(varying, centre, spread, coefficients, float(model.intercept_[0]))


def _standardised(matrix: np.ndarray, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the matrix in standard deviations, in place: it has to be the caller's own copy."""
    matrix -= centre
    matrix /= spread
    clipped: np.ndarray = np.clip(matrix, -FURTHEST, FURTHEST, out=matrix)
    return clipped
