"""Fit the families that may use several threads: twice on one, then on two.

On one thread a fit has to give the same scores to the last bit. More threads update each other's
vectors as they please; the interval of the paired difference over users has to hold zero.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.results import Row, at_most, report
from benchmarks.sample_workspace import asked_snapshot
from training.bootstrap import mean_interval
from training.dataset import Dataset, Snapshot
from training.evaluate import refit
from training.judge import judge
from training.models.base import Recommender
from training.recipes import Recipe, load_recipes

log = logging.getLogger(__name__)

RECIPES = ("als", "bpr", "lightfm_pure", "lightfm_hybrid", "hybrid_blend", "two_stage_trees")
MANY = 2
FEWER = {"two_stage_trees": {"windows": 2, "users_a_window": 1000}}  # a third of the time


def main() -> None:
    """Fit, compare, report; exit non-zero where threads change more than noise does."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    snapshot = asked_snapshot(__doc__)
    recipes = [recipe for recipe in load_recipes() if recipe.name in RECIPES]
    rows = [row for recipe in recipes for row in compare_threads(_smaller(recipe), snapshot)]
    if not report("threads", rows):
        raise SystemExit(1)


def compare_threads(recipe: Recipe, snapshot: Snapshot) -> Iterator[Row]:
    """Yield how far two fits on one thread differ, and what a second thread changes."""
    dataset = snapshot.dataset("validation")
    with threadpool_limits(1):
        one = refit(recipe, dataset, threads=1)
        scores = all_scores(one)
        apart = float(np.abs(all_scores(refit(recipe, dataset, threads=1)) - scores).max())
        del scores
        many = refit(recipe, dataset, threads=MANY)
    yield at_most(f"{recipe.name}: two fits on one thread, furthest scores", apart, "", 0.0)
    one_s, many_s = (next_ndcg(model, snapshot, dataset) for model in (one, many))
    found = mean_interval((many_s - one_s).to_numpy())
    yield Row(f"{recipe.name}: next NDCG@10 on one thread", float(one_s.mean()), "")
    for bound in ("mean", "low", "high"):
        what = f"{recipe.name}: {MANY} threads - one, next NDCG@10, {bound}"
        yield Row(what, getattr(found, bound), "")
    outside = max(0.0, found.low, -found.high)
    yield at_most(f"{recipe.name}: zero's distance from that interval", outside, "", 0.0)
    log.info("%s: done", recipe.name)


def all_scores(model: Recommender) -> np.ndarray:
    """Return users x items."""
    return model.score(list(model.user_ids))


def next_ndcg(model: Recommender, snapshot: Snapshot, dataset: Dataset) -> "pd.Series[float]":
    """Return every validation user's NDCG@10 of the next items, by user."""
    truth = snapshot.truth(snapshot.windows.validation, "next")
    judged = judge(model, {"next": truth}, dataset).per_user
    column: pd.Series[float] = judged.set_index("user_id")["ndcg_at_10"]
    return column


def _smaller(recipe: Recipe) -> Recipe:
    return replace(recipe, params={**recipe.params, **FEWER.get(recipe.name, {})})


if __name__ == "__main__":
    main()
