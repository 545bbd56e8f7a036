"""Fit the families that may use several threads: twice on one, then on two.

On one thread a fit has to give the same scores to the last bit. More threads update each other's
vectors as they please, or add up in another order, so that each fit is another draw, as another
seed is. Where they do, it is fitted with several seeds, each on one thread and on two; the interval
of the paired difference, over users and draws, has to hold zero. Matrix products of a fit get as
many threads as the fit, as in a task of a DAG; scoring has one.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.results import Row, at_most, report
from benchmarks.sample_workspace import asked_snapshot
from training.bootstrap import crossed_interval
from training.dataset import Dataset, Snapshot
from training.evaluate import refit
from training.judge import judge
from training.models.base import Recommender
from training.recipes import Recipe, load_recipes
from training.split import Truth

log = logging.getLogger(__name__)

RECIPES = ("als", "bpr", "lightfm_pure", "lightfm_hybrid", "hybrid_blend", "two_stage_trees")
MANY = 2
DRAWS = 5  # of a fit that threads change
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
    truth = snapshot.truth(snapshot.windows.validation, "next")
    fits = Fits(recipe, dataset, truth)
    apart, moved = fits.furthest_scores()
    one_s, many_s = zip(*fits.qualities(DRAWS if moved else 1), strict=True)
    one, many = np.column_stack(one_s), np.column_stack(many_s)
    found = crossed_interval(many - one)
    yield at_most(f"{recipe.name}: two fits on one thread, furthest scores", apart, "", 0.0)
    yield Row(f"{recipe.name}: one thread and {MANY}, furthest scores", moved, "")
    yield Row(f"{recipe.name}: draws", one.shape[1], "")
    yield Row(f"{recipe.name}: next NDCG@10 on one thread", float(one.mean()), "")
    for bound in ("mean", "low", "high"):
        what = f"{recipe.name}: {MANY} threads - one, next NDCG@10, {bound}"
        yield Row(what, getattr(found, bound), "")
    outside = max(0.0, found.low, -found.high)
    yield at_most(f"{recipe.name}: zero's distance from that interval", outside, "", 0.0)


@dataclass(frozen=True)
class Fits:
    """Fits of one recipe on one dataset that differ by their threads alone."""

    recipe: Recipe
    dataset: Dataset
    truth: Truth

    def furthest_scores(self) -> tuple[float, float]:
        """Return how far any score is from a first fit's: of a second one, and on many threads."""
        first = self._scores(1)
        again, many = (float(np.abs(self._scores(threads) - first).max()) for threads in (1, MANY))
        return again, many

    def qualities(self, draws: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield each user's NDCG@10 of a fit on one thread and of one on many, seed by seed."""
        for draw in range(draws):
            one, many = (self._quality(draw, threads) for threads in (1, MANY))
            log.info(
                "%s, draw %d of %d: %.4f on one thread, %.4f on %d",
                self.recipe.name, draw + 1, draws, one.mean(), many.mean(), MANY,
            )  # fmt: skip
            yield one, many

    def _scores(self, threads: int) -> np.ndarray:
        model = self._fitted(0, threads)
        with threadpool_limits(1):
            return model.score(list(model.user_ids))

    def _quality(self, draw: int, threads: int) -> np.ndarray:
        model = self._fitted(draw, threads)
        with threadpool_limits(1):
            judged = judge(model, {"next": self.truth}, self.dataset)
        return judged.per_user.sort_values("user_id")["ndcg_at_10"].to_numpy(dtype=float)

    def _fitted(self, draw: int, threads: int) -> Recommender:
        recipe = replace(self.recipe, params=_drawn(self.recipe.params, draw))
        with threadpool_limits(threads):
            return refit(recipe, self.dataset, threads=threads)


def _drawn(params: Any, draw: int, name: str = "") -> Any:
    """Return parameters with every seed in them raised by `draw`, those of sources as well."""
    if isinstance(params, dict):
        return {key: _drawn(value, draw, key) for key, value in params.items()}
    return params + draw if name == "seed" else params


def _smaller(recipe: Recipe) -> Recipe:
    return replace(recipe, params={**recipe.params, **FEWER.get(recipe.name, {})})


if __name__ == "__main__":
    main()
