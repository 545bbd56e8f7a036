"""Fewer dimensions: exact neighbours, principal components, the size validation favours."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.embeddings.encoder import Vectors, unit_rows
from aisle.embeddings.neighbours import nearest
from aisle.embeddings.reduction import (
    candidate_sizes,
    fit_projection,
    load_projection,
    save_projection,
)
from aisle.embeddings.size_choice import choose_size, shares_category, was_bought_with


def clusters(spread: float, width: int = 200, groups: int = 20, each: int = 20) -> Vectors:
    """Return groups of rows around points that span few of many dimensions."""
    chance = np.random.default_rng(0)
    centres = np.zeros((groups, width))
    centres[:, :10] = chance.normal(size=(groups, 10))
    return unit_rows(
        centres.repeat(each, axis=0) + spread * chance.normal(size=(groups * each, width))
    )


LABELS = [f"c{number // 20}" for number in range(400)]


@given(rows=st.integers(1, 30), k=st.integers(1, 40), seed=st.integers(0, 99))
def test_neighbours_are_those_of_a_full_sort(rows: int, k: int, seed: int) -> None:
    vectors = unit_rows(np.random.default_rng(seed).integers(-2, 3, size=(rows, 3)))
    own = np.arange(rows)
    places, cosines = nearest(vectors, vectors, k, own=own)
    assert places.shape == cosines.shape == (rows, min(k, rows - 1))
    for query in range(rows):
        others = [place for place in range(rows) if place != query]
        expected = sorted((vectors[others] @ vectors[query]).tolist(), reverse=True)
        assert cosines[query].tolist() == pytest.approx(expected[:k], abs=1e-6)
        assert query not in places[query]


def test_blocks_give_what_one_block_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = clusters(0.1)
    whole = nearest(vectors, vectors, 5)[0]
    monkeypatch.setattr("aisle.embeddings.neighbours.BLOCK_CELLS", 1000)
    assert (nearest(vectors, vectors, 5)[0] == whole).all()


def test_candidates_are_smaller_than_rows_and_width_and_end_with_the_full_size() -> None:
    assert candidate_sizes(256, 10_000) == [32, 64, 128, 256]
    assert candidate_sizes(256, 50) == [32, 256]
    assert candidate_sizes(16, 10_000) == [16]


def test_a_projection_is_of_unit_length_and_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    vectors = clusters(0.1)
    projection = fit_projection(vectors).cut(32)
    assert np.linalg.norm(projection(vectors), axis=1) == pytest.approx(1, abs=1e-5)
    save_projection(tmp_path / "p", projection, {"fitted_on": 400})
    loaded, document = load_projection(tmp_path / "p")
    assert document == {"fitted_on": 400}
    assert (loaded(vectors) == projection(vectors)).all()
    assert loaded.basis == projection.basis != fit_projection(vectors).cut(64).basis
    assert not projection(np.zeros((1, 200), dtype=np.float32)).any()


def test_the_full_size_leaves_vectors_as_they_are() -> None:
    vectors = clusters(0.1)
    assert (fit_projection(vectors).cut(200)(vectors) == vectors).all()
    assert fit_projection(vectors[:1]).size == 200


def test_the_smallest_size_within_a_standard_error_of_the_best_is_chosen() -> None:
    vectors = clusters(0.05)
    choice = choose_size(fit_projection(vectors), vectors, shares_category(LABELS))
    rates = {one.dimensions: one.hit_rate for one in choice.candidates}
    assert list(rates) == [32, 64, 128, 200]
    assert choice.dimensions == 32
    best = max(choice.candidates, key=lambda one: one.hit_rate)
    assert rates[32] >= best.hit_rate - best.standard_error
    assert (choice.judged_by, choice.queries) == ("same category at rank 1", 400)


def test_every_dimension_stays_where_small_sizes_lose_what_tells_apart() -> None:
    """Noise is strong in 128 dimensions, and what tells categories apart weak in the others."""
    chance = np.random.default_rng(1)
    vectors = np.zeros((400, 200))
    vectors[:, :128] = chance.choice([-1.0, 1.0], size=(400, 128)) * 0.02
    vectors[:, 128:148] = np.eye(20).repeat(20, axis=0) * 0.05
    choice = choose_size(
        fit_projection(unit_rows(vectors)), unit_rows(vectors), shares_category(LABELS)
    )
    assert choice.dimensions == max(choice.candidates, key=lambda one: one.hit_rate).dimensions


def test_too_few_queries_judge_nothing() -> None:
    vectors = clusters(0.1)[:20]
    choice = choose_size(fit_projection(vectors), vectors, shares_category(LABELS[:20]))
    assert (choice.dimensions, choice.judged_by, choice.candidates) == (200, "nothing", ())


def test_what_was_bought_together_judges_too() -> None:
    items = [f"i{place}" for place in range(400)]
    companions = {item: {items[place ^ 1], "gone"} for place, item in enumerate(items[:100])}
    judge = was_bought_with(items, companions)
    assert judge.queries == 100
    right = np.repeat(unit_rows(np.random.default_rng(0).normal(size=(200, 50))), 2, axis=0)
    assert judge.hits(right).all()
