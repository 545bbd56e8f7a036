"""What each source is worth to the two-stage recommender: without it, and with one more.

The ranker is fitted again with its sources changed by one, on what was known before the first test
window of a training, and judged on the weeks after it; test windows are not looked at. A source
is a feature of the ranker as well as a namer of candidates. Intervals are over users, paired with
the recipe as it is; one thread, so that nothing but the source differs.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.results import Row, report
from benchmarks.sample_workspace import asked_snapshot
from training.bootstrap import mean_interval
from training.dataset import Snapshot
from training.evaluate import refit
from training.judge import judge
from training.recipes import Recipe, load_recipes
from training.split import TASKS, Task

log = logging.getLogger(__name__)

RECIPE = "two_stage_linear"
MORE = ("lightfm", "segments", "als", "neighbours", "ease_short")
DEPTH = 100  # candidates that one more source may name


@dataclass(frozen=True)
class Fitted:
    """One fit: each user's NDCG@10 by task, and the processor's seconds it took."""

    quality: Mapping[Task, np.ndarray]
    seconds: float


def main() -> None:
    """Fit, compare, report; what is done is kept in the results after each fit."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    snapshot = asked_snapshot(__doc__)
    recipe = next(one for one in load_recipes() if one.name == RECIPE)
    whole = fit(recipe, snapshot)
    rows = list(_whole_rows(whole))
    for name, changed in variants(recipe):
        log.info("%s %s", RECIPE, name)
        rows += _compared_rows(name, fit(changed, snapshot), whole)
        report("ablation", rows)


def variants(recipe: Recipe) -> Iterator[tuple[str, Recipe]]:
    """Yield the recipe without each of its sources, then with each one that it does not have."""
    sources: dict[str, int] = recipe.params["sources"]
    for name in sources:
        left = {other: depth for other, depth in sources.items() if other != name}
        yield f"without {name}", _with_sources(recipe, left)
    for name in MORE:
        yield f"with {name}", _with_sources(recipe, {**sources, name: DEPTH})


def fit(recipe: Recipe, snapshot: Snapshot) -> Fitted:
    """Fit a recipe before the test windows; judge it on the weeks that follow."""
    window = snapshot.windows.validation
    dataset = snapshot.dataset("validation")
    truths = {task: snapshot.truth(window, task) for task in TASKS}
    started = time.process_time()
    with threadpool_limits(1):
        model = refit(recipe, dataset, threads=1)
        seconds = time.process_time() - started
        per_user = judge(model, truths, dataset).per_user.sort_values("user_id")
    quality = {
        task: per_user.loc[per_user["task"] == task, "ndcg_at_10"].to_numpy(dtype=float)
        for task in TASKS
    }
    return Fitted(quality, seconds)


def _with_sources(recipe: Recipe, sources: Mapping[str, int]) -> Recipe:
    return replace(recipe, params={**recipe.params, "sources": dict(sources)})


def _whole_rows(whole: Fitted) -> Iterator[Row]:
    for task, values in whole.quality.items():
        yield Row(f"{RECIPE}: {task} NDCG@10", float(values.mean()), "")
    yield Row(f"{RECIPE}: fit", whole.seconds, "s CPU")


def _compared_rows(name: str, changed: Fitted, whole: Fitted) -> Iterator[Row]:
    for task, values in changed.quality.items():
        found = mean_interval(values - whole.quality[task])
        for bound in ("mean", "low", "high"):
            yield Row(f"{name}: {task} NDCG@10, change, {bound}", getattr(found, bound), "")
    yield Row(f"{name}: fit", changed.seconds, "s CPU")


if __name__ == "__main__":
    main()
