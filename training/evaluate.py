"""Judge a recipe: choose on validation, fit before the test cutoff, score the weeks after it."""

from dataclasses import dataclass

import pandas as pd

from training.bootstrap import Interval
from training.dataset import Dataset, Snapshot
from training.models.base import Recommender
from training.recipes import CurvePoint, Recipe


@dataclass(frozen=True)
class Evaluation:
    """What one rival showed on the test weeks. Metrics are named like `next_ndcg_at_10`."""

    recipe: Recipe  # resolved
    per_user: pd.DataFrame  # task, user_id, recall_at_10, recall_at_20, ndcg_at_10, ndcg_at_20, auc
    metrics: dict[str, Interval]
    curves: list[CurvePoint]
    fit_seconds: float
    score_seconds: float


def evaluate_recipe(recipe: Recipe, snapshot: Snapshot) -> Evaluation:
    """Return how `recipe` did: chosen on validation, fitted before the test cutoff, then judged."""
    raise NotImplementedError


def refit(recipe: Recipe, dataset: Dataset) -> Recommender:
    """Return a model of a resolved recipe fitted on `dataset`."""
    raise NotImplementedError
