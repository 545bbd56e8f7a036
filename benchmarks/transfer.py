"""What a fit gains by what was learned before: the last training, content, another shop.

Everything is judged on the validation weeks: users' *next* items, and items held out of history.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.results import Row, report
from benchmarks.sample_workspace import asked_snapshot
from training.dataset import Dataset, Snapshot
from training.folds import Fold, item_folds
from training.metrics import hits, ndcg
from training.models.content.keys import key_codes, told_columns
from training.models.early_stopping import Judged, mean_ndcg, sample_users
from training.models.lightfm_fit import Embeddings, Start, Vectors, fit_epochs
from training.models.lightfm_inputs import LightFMInputs, lightfm_inputs
from training.models.transfer import Learned, fit_content_map
from training.recipes import load_recipes

K = 10
TEACHER_EPOCHS, EPOCHS = 8, 10
USERS = 800
EQUAL = 0.99  # of a cold fit's best is called the same quality
STEP = timedelta(days=21)
YOUNG = timedelta(days=21)  # how long the second shop has been open
PENALTY = 3.0
FEWEST = 3  # items that share content worth a column
SEED = 0


@dataclass(frozen=True)
class Curve:
    """A fit's quality and the processor's seconds after each epoch."""

    quality: list[float]
    seconds: list[float]

    def epochs_to(self, quality: float) -> int:
        """Return the first epoch of at least that quality; one more than all if there is none."""
        reached = [epoch for epoch, value in enumerate(self.quality, start=1) if value >= quality]
        return reached[0] if reached else len(self.quality) + 1

    def seconds_to(self, quality: float) -> float:
        """Return the seconds until then; a quality that is never reached is an IndexError."""
        return self.seconds[self.epochs_to(quality) - 1]


def main() -> None:
    """Measure the three transfers and write the result."""
    snapshot = asked_snapshot(__doc__)
    rows = [*warm_start(snapshot), *another_shop(snapshot), *mapped_items(snapshot)]
    raise SystemExit(0 if report("transfer", rows) else 1)


def warm_start(snapshot: Snapshot) -> Iterator[Row]:
    """Yield what the hybrid gains from the training three weeks before."""
    params, dataset = params_of("lightfm_hybrid"), snapshot.dataset("validation")
    since = dataset.cutoff - STEP
    is_before = dataset.interactions["interacted_at"] < since
    before = replace(dataset, cutoff=since, interactions=dataset.interactions[is_before])
    old = lightfm_inputs(before, params)
    learned = Learned.of(before, old, last(fit_epochs(old, params), TEACHER_EPOCHS))
    inputs = lightfm_inputs(dataset, params)
    truth = snapshot.truth(snapshot.windows.validation, "next")
    judged = Judged(truth, sample_users(dataset, truth, USERS))
    cold = curve(inputs, params, judged, None)
    warm = curve(inputs, params, judged, learned.start(dataset, inputs))
    yield from compared("next training", cold, warm)


def another_shop(snapshot: Snapshot) -> Iterator[Row]:
    """Yield what a young shop gains from an older one whose items are told in the same words.

    The households are halved: no user of one shop is a user of the other, and items meet by their
    content alone.
    """
    params, dataset = params_of("lightfm_pure"), snapshot.dataset("validation")
    is_first = np.random.default_rng(SEED).random(snapshot.user_ids.size) < 0.5
    older = of_users(dataset, is_first)
    younger = of_users(dataset, ~is_first)
    recent = younger.interactions["interacted_at"] >= dataset.cutoff - YOUNG
    younger = replace(younger, interactions=younger.interactions[recent])
    teacher = lightfm_inputs(older, params, with_features=False)
    learned = last(fit_epochs(teacher, params), TEACHER_EPOCHS)
    inputs = lightfm_inputs(younger, params, with_features=False)
    truth = snapshot.truth(snapshot.windows.validation, "next")
    relevant = sparse.csr_matrix(
        sparse.diags((~is_first).astype(np.float32)) @ truth.relevant
    ).astype(bool)
    asked = replace(truth, relevant=relevant)
    start = content_start(dataset, teacher, learned, inputs)
    judged = Judged(asked, sample_users(dataset, asked, USERS))
    cold, warm = curve(inputs, params, judged, None), curve(inputs, params, judged, start)
    yield from compared("another shop", cold, warm)


def mapped_items(snapshot: Snapshot) -> Iterator[Row]:
    """Yield how well vectors that are mapped from content rank items nobody has bought.

    Content is what the catalogue tells, or the pretrained vectors of texts (and of pictures, where
    the shop has any).
    """
    params = params_of("lightfm_pure")
    fold = next(iter(item_folds(snapshot, snapshot.windows.validation)))
    inputs = lightfm_inputs(fold.dataset, params, with_features=False)
    embeddings = last(fit_epochs(inputs, params), TEACHER_EPOCHS)
    users = embeddings.vectors(inputs.user_rows, inputs.pool_rows).users
    for name, content in contents_of(fold.dataset).items():
        mapped, biases = mapped_from_content(content, inputs, embeddings)
        vectors = Vectors(users, mapped, biases)
        flat = replace(vectors, users=np.zeros_like(users))
        what = f"items nobody bought, mapped from {name}"
        yield Row(f"{what}: NDCG@10", cold_ndcg(fold, vectors), "")
        yield Row(f"{what}, biases alone: NDCG@10", cold_ndcg(fold, flat), "")


def content_start(
    dataset: Dataset, teacher: LightFMInputs, learned: Embeddings, inputs: LightFMInputs
) -> Start:
    """Return the items of a fit as another shop's model would see their content."""
    mapped, biases = mapped_from_content(content_of(dataset), teacher, learned)
    users = np.full((inputs.user_rows.shape[1], mapped.shape[1]), np.nan, dtype=np.float32)
    return Start(users, mapped[inputs.pool], biases[inputs.pool])


def mapped_from_content(
    content: sparse.csr_matrix, inputs: LightFMInputs, embeddings: Embeddings
) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors (items x components) and biases of all items by their content."""
    known = np.column_stack([embeddings.item_features, embeddings.item_biases])
    mapped = fit_content_map(content[inputs.pool], known, PENALTY).vectors(content)
    return mapped[:, :-1], mapped[:, -1]


def contents_of(dataset: Dataset) -> dict[str, sparse.csr_matrix]:
    """Return items x content of every kind that the shop has, and of all kinds side by side."""
    contents = {"keys": content_of(dataset)}
    for name, vectors in dataset.item_vectors.items():
        if vectors.any():
            contents[f"{name} vectors"] = sparse.csr_matrix(vectors)
    return contents | {"all of these": sparse.csr_matrix(sparse.hstack(list(contents.values())))}


def content_of(dataset: Dataset) -> sparse.csr_matrix:
    """Return items x content: a column per value, and pair of values, that items share."""
    columns = told_columns(dataset.item_features)
    names = list(columns)
    keys = [(name,) for name in names]
    keys += [(one, two) for place, one in enumerate(names) for two in names[place + 1 :]]
    parts = []
    for key in keys:
        codes = key_codes(columns, key)
        items = np.flatnonzero(codes >= 0)
        shape = (codes.size, int(codes.max(initial=-1)) + 1)
        ones = np.ones(items.size, dtype=np.float32)
        parts.append(sparse.csr_matrix((ones, (items, codes[items])), shape=shape))
    content = sparse.hstack(parts, format="csc")
    sold = np.unique(dataset.interactions["item_index"].to_numpy())
    shared = np.asarray(content[sold].sum(axis=0)).ravel()
    widest = np.argsort(-shared, kind="stable")[:2000]
    return sparse.csr_matrix(content[:, np.sort(widest[shared[widest] >= FEWEST])])


def cold_ndcg(fold: Fold, vectors: Vectors) -> float:
    """Return NDCG@10 among the held-out items, the mean over users."""
    truth = fold.truths["cold_items"]
    users, items = truth.users, truth.candidates
    assert items is not None
    held = Vectors(vectors.users, vectors.items[items], vectors.item_biases[items])
    scores = held.scores(users)
    ranked = np.argsort(-scores, axis=1, kind="stable")[:, :K]
    relevant = truth.relevant[users][:, items]
    found = hits(ranked, relevant.toarray().astype(bool))
    return float(ndcg(found, np.diff(relevant.indptr), K).mean())


def curve(
    inputs: LightFMInputs, params: dict[str, Any], judged: Judged, start: Start | None
) -> Curve:
    """Return quality and seconds after each epoch."""
    quality, seconds, spent = [], [], 0.0
    epochs = fit_epochs(inputs, params, start=start)
    for _ in range(EPOCHS):
        began = time.process_time()
        embeddings = next(epochs)
        spent += time.process_time() - began
        vectors = embeddings.vectors(inputs.user_rows, inputs.pool_rows)
        quality.append(mean_ndcg(vectors, inputs.pool, judged))
        seconds.append(spent)
    return Curve(quality, seconds)


def compared(name: str, cold: Curve, warm: Curve) -> Iterator[Row]:
    """Yield what a start from what was learned saves at equal quality, if it gets there."""
    equal = EQUAL * max(cold.quality)
    is_reached = warm.epochs_to(equal) <= len(warm.quality)
    yield Row(f"{name}, from nothing: best NDCG@10", max(cold.quality), "")
    yield Row(f"{name}, with transfer: best NDCG@10", max(warm.quality), "")
    yield Row(f"{name}, with transfer: NDCG@10 after one epoch", warm.quality[0], "")
    yield Row(f"{name}, from nothing: NDCG@10 after one epoch", cold.quality[0], "")
    yield Row(f"{name}, from nothing: epochs to equal quality", cold.epochs_to(equal), "epochs")
    within = f"within {len(warm.quality)} epochs (1: yes)"
    yield Row(f"{name}, with transfer: equal quality {within}", float(is_reached), "")
    if is_reached:
        saved = cold.epochs_to(equal) - warm.epochs_to(equal)
        seconds = cold.seconds_to(equal) - warm.seconds_to(equal)
        yield Row(f"{name}, with transfer: epochs to it", warm.epochs_to(equal), "epochs")
        yield Row(f"{name}: epochs saved", saved, "epochs")
        yield Row(f"{name}: seconds saved", seconds, "s CPU")


def params_of(family: str) -> dict[str, Any]:
    """Return the parameters of the family's recipe."""
    return dict(next(recipe.params for recipe in load_recipes() if recipe.family == family))


def of_users(dataset: Dataset, is_kept: np.ndarray) -> Dataset:
    """Return the dataset with the interactions of some users."""
    kept = is_kept[dataset.interactions["user_index"].to_numpy()]
    return replace(dataset, interactions=dataset.interactions[kept])


def last(epochs: Iterator[Embeddings], count: int) -> Embeddings:
    """Return the embeddings after so many epochs."""
    return list(islice(epochs, count))[-1]


if __name__ == "__main__":
    main()
