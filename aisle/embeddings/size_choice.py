"""How many dimensions serve: the fewest that are as good as the best, within a standard error."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.embeddings.encoder import Vectors
from aisle.embeddings.neighbours import nearest
from aisle.embeddings.reduction import Projection, candidate_sizes

MOST_QUERIES = 2000
FEWEST_QUERIES = 30  # fewer tell nothing apart
BOUGHT_TOGETHER_K = 10

Hits = NDArray[np.bool_]


@dataclass(frozen=True)
class Judge:
    """Says of each query whether its neighbours are right; `name` says by what."""

    name: str
    queries: int
    hits: Callable[[Vectors], Hits]


@dataclass(frozen=True)
class Judged:
    """One size and how often its neighbours were right, with its standard error."""

    dimensions: int
    hit_rate: float
    standard_error: float


@dataclass(frozen=True)
class SizeChoice:
    """The size chosen, what judged it, and every figure. `judged_by` "nothing": the full size."""

    dimensions: int
    judged_by: str
    queries: int
    candidates: tuple[Judged, ...]

    def as_document(self) -> dict[str, object]:
        """Return it as JSON."""
        return asdict(self)


def choose_size(projection: Projection, vectors: Vectors, judge: Judge) -> SizeChoice:
    """Return the smallest size within one standard error of the best, as the judge finds.

    Where it has too few queries to tell good neighbours from bad, every dimension stays.
    """
    if judge.queries < FEWEST_QUERIES:
        return SizeChoice(projection.width, "nothing", judge.queries, ())
    sizes = candidate_sizes(projection.width, len(projection.components) + 1)
    judged = tuple(_judged(size, judge.hits(projection.cut(size)(vectors))) for size in sizes)
    best = max(judged, key=lambda one: one.hit_rate)
    floor = best.hit_rate - best.standard_error
    chosen = min(one.dimensions for one in judged if one.hit_rate >= floor)
    return SizeChoice(chosen, judge.name, judge.queries, judged)


def shares_category(categories: Sequence[str]) -> Judge:
    """Return a judge: has the nearest neighbour the same category? Of those with a companion."""
    labels = np.asarray(categories, dtype=str)
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    queries = np.flatnonzero(counts[place] > 1)[:MOST_QUERIES]

    def hits(vectors: Vectors) -> Hits:
        nearby, _ = nearest(vectors[queries], vectors, 1, own=queries)
        return np.asarray(labels[nearby[:, 0]] == labels[queries])

    return Judge("same category at rank 1", len(queries), hits)


def was_bought_with(items: Sequence[str], companions: dict[str, set[str]]) -> Judge:
    """Return a judge: is one of the ten nearest in one order with it? Of those with a companion."""
    known = set(items)
    asked = [place for place, item in enumerate(items) if companions.get(item, set()) & known]
    queries = np.array(asked[:MOST_QUERIES], dtype=np.int64)

    def hits(vectors: Vectors) -> Hits:
        nearby, _ = nearest(vectors[queries], vectors, BOUGHT_TOGETHER_K, own=queries)
        return np.array(
            [
                any(items[place] in companions[items[query]] for place in row)
                for query, row in zip(queries, nearby, strict=True)
            ],
            dtype=bool,
        )

    return Judge("bought together within rank 10", len(queries), hits)


def _judged(size: int, hits: Hits) -> Judged:
    rate = float(hits.mean())
    return Judged(size, rate, float(np.sqrt(rate * (1 - rate) / len(hits))))
