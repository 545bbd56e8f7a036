"""Score all users and items and keep the best 100: beside plain numpy, beside LightFM's predict.

All in one process and on one thread, in turns; figures are the processor's seconds, the median of
three. What is compared gives the same scores, which is checked before anything is timed.
"""

import logging
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from lightfm import LightFM
from scipy import sparse
from threadpoolctl import threadpool_limits

from aisle.core.ranking import top_k, top_k_rows
from benchmarks.results import Row, at_most, report
from benchmarks.sample_workspace import asked_snapshot
from training.dataset import Dataset
from training.evaluate import refit
from training.models.base import Recommender
from training.recipes import Recipe, load_recipes
from training.split import pairs

log = logging.getLogger(__name__)

K = 100
BLOCK = 256  # users
COMPONENTS, EPOCHS = 64, 2  # how good the vectors are does not matter here
REPEATS = 3
MOST_OF_NUMPY = 2.0
MOST_OF_PREDICT = 0.1
# Whose scores are a product of vectors or less; the two-stage answers from stored ones.
FAMILIES = (
    "popularity",
    "personal_frequency",
    "als",
    "lightfm_pure",
    "lightfm_hybrid",
    "blend",
    "two_stage_linear",
)
DENSE = ("ease",)  # a product with items x items: no bar, as that is not the product compared with

PLAIN, OURS, PREDICT = "plain numpy blocks", "Aisle's blocks", "LightFM.predict"


@dataclass(frozen=True)
class Factors:
    """What LightFM learned of all users and items."""

    model: LightFM
    users: np.ndarray  # users x components
    items: np.ndarray  # items x components
    biases: np.ndarray  # items

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield scores of some users at a time, users x items."""
        for start in range(0, len(self.users), BLOCK):
            scores = self.users[start : start + BLOCK] @ self.items.T
            scores += self.biases
            yield scores


def main() -> None:
    """Fit, compare, report; exit non-zero above a bar."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    snapshot = asked_snapshot(__doc__)
    dataset = snapshot.dataset("end")
    with threadpool_limits(1):
        factors = fitted_factors(dataset)
        models = {recipe.name: refit(quick(recipe), dataset) for recipe in _simple_recipes()}
        compare_scores(factors)
        seconds = measure(factors, models)
    if not report("scoring", list(_rows(seconds, dataset))):
        raise SystemExit(1)


def fitted_factors(dataset: Dataset) -> Factors:
    """Return LightFM fitted on everything, as vectors of all users and items."""
    model = LightFM(no_components=COMPONENTS, loss="warp", random_state=7)
    model.fit(sparse.coo_matrix(pairs(dataset.interactions, dataset.shape)), epochs=EPOCHS)
    _, users = model.get_user_representations()
    biases, items = model.get_item_representations()
    return Factors(model, users, items, biases)


def _simple_recipes() -> list[Recipe]:
    """Return one recipe of each family whose lists are timed whole."""
    by_family = {recipe.family: recipe for recipe in reversed(load_recipes())}
    return [by_family[family] for family in (*FAMILIES, *DENSE) if family in by_family]


def quick(recipe: Recipe) -> Recipe:
    """Return the recipe with few epochs: an answer takes as long after two as after many."""
    epochs = {"max_epochs": EPOCHS} if "max_epochs" in recipe.params else {}
    return replace(recipe, params={**recipe.params, **epochs})


def plain_numpy(factors: Factors) -> np.ndarray:
    """Return the best items of each user, as anybody would find them with numpy."""
    best = []
    for scores in factors.blocks():
        top = np.argpartition(scores, -K, axis=1)[:, -K:]
        order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1)
        best.append(np.take_along_axis(top, order, axis=1))
    return np.concatenate(best)


def our_blocks(factors: Factors) -> np.ndarray:
    """Return the same by `aisle.core.ranking`."""
    return np.concatenate([top_k_rows(scores, K) for scores in factors.blocks()])


def lightfm_predict(factors: Factors) -> np.ndarray:
    """Return the same by asking LightFM for every user and item."""
    items = np.arange(len(factors.items))
    return np.stack(
        [top_k(factors.model.predict(user, items), K) for user in range(len(factors.users))]
    )


def compare_scores(factors: Factors) -> None:
    """Refuse to time what does not give the same: LightFM adds a bias that all items share."""
    block = next(factors.blocks())
    plain, ours = plain_numpy(factors)[: len(block)], our_blocks(factors)[: len(block)]
    best = [np.take_along_axis(block, lists, axis=1) for lists in (plain, ours)]
    np.testing.assert_array_equal(*best)
    predicted = factors.model.predict(0, np.arange(len(factors.items)))
    centred = (predicted - predicted.mean(), block[0] - block[0].mean())
    np.testing.assert_allclose(*centred, atol=1e-3)


def measure(factors: Factors, models: Mapping[str, Recommender]) -> dict[str, float]:
    """Return the median of the processor's seconds of each way, taken in turns."""
    ways: dict[str, Callable[[], object]] = {
        PLAIN: lambda: plain_numpy(factors),
        OURS: lambda: our_blocks(factors),
        **{name: _listing(model) for name, model in models.items()},
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, way in ways.items():
            taken[name].append(_seconds(way))
            log.info("%s: %.2f s", name, taken[name][-1])
    once = _seconds(lambda: lightfm_predict(factors))
    return {**{name: statistics.median(times) for name, times in taken.items()}, PREDICT: once}


def _listing(model: Recommender) -> Callable[[], object]:
    return lambda: model.recommend(list(model.user_ids), K)


def _seconds(way: Callable[[], object]) -> float:
    started = time.process_time()
    way()
    return time.process_time() - started


def _rows(seconds: Mapping[str, float], dataset: Dataset) -> Iterator[Row]:
    users, items = dataset.shape
    yield Row("users", users, "")
    yield Row("items", items, "")
    for name, value in seconds.items():
        yield Row(name, value, "s")
    dense = {recipe.name for recipe in load_recipes() if recipe.family in DENSE}
    for name in seconds:
        if name in (PLAIN, PREDICT):
            continue
        what = name if name == OURS else f"lists with ids by {name}"
        for other, most in ((PLAIN, MOST_OF_NUMPY), (PREDICT, MOST_OF_PREDICT)):
            row, ratio = f"{what} / {other}", seconds[name] / seconds[other]
            yield Row(row, ratio, "x") if name in dense else at_most(row, ratio, "x", most)


if __name__ == "__main__":
    main()
