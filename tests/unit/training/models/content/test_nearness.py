"""Items without a buyer are liked by those who bought what reads or looks like them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from training.dataset import Dataset
from training.models.content import nearness as module
from training.models.content.affinity import Affinities, affinities
from training.models.content.nearness import Nearness, nearness
from training.models.content.terms import Vectors

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]
# Items 0 and 1 read the same; 2 lies between them and 3; nothing is known of 4.
ITEMS = np.array([EAST, EAST, [0.8, 0.6], NORTH, [0, 0]], dtype=np.float32)
BOUGHT = sparse.csr_matrix(np.array([[1, 0.5, 0, 0, 4], [0, 0, 0, 2, 0], [0] * 5], np.float32))


def cosines() -> np.ndarray:
    """Return those of the vectors without their mean, as a textbook would."""
    rows = ITEMS[:4] - ITEMS[:4].mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def test_liking_is_the_root_of_baskets_times_a_power_of_cosines() -> None:
    scores = nearness(BOUGHT, ITEMS).scores(np.array([0, 1, 2, -1]))

    near = np.maximum(cosines(), 0) ** module.POWER
    np.testing.assert_allclose(scores[0, :4], np.sqrt(1.5 * near[0]), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(scores[1, :4], np.sqrt(2 * near[3]), rtol=1e-4, atol=1e-6)
    assert not scores[:, 4].any()
    assert not scores[2:].any()
    assert scores[0, 0] == scores[0, 1]


def test_only_the_nearest_count(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(30, 4)).astype(np.float32)
    bought = sparse.csr_matrix(np.eye(20, 30, dtype=np.float32))  # user n bought item n
    monkeypatch.setattr(module, "NEIGHBOURS", 3)
    monkeypatch.setattr(module, "BLOCK", 7)

    scores = nearness(bought, vectors, np.arange(20, 30)).scores(np.arange(20))

    rows = vectors - vectors.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for item in range(20, 30):
        order = np.argsort(-(rows[:20] @ rows[item]))[:3]
        nearest = [user for user in order if rows[user] @ rows[item] > 0]
        assert set(np.flatnonzero(scores[:, item])) == set(nearest)
    assert not scores[:, :20].any()  # not asked for


def test_of_too_many_items_the_most_bought_can_be_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BOUGHT", 1)

    scores = nearness(BOUGHT, ITEMS).scores(np.array([0, 1]))

    assert not scores[0].any()  # bought less of than item 3 was
    assert scores[1, 3] > 0


def test_some_items_are_scored_as_all_are_and_restored_as_they_were(checkerboard: Dataset) -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(21, 8)).astype(np.float32)
    dataset = replace(checkerboard, item_vectors={"text": vectors})
    columns = {"category": np.arange(21) % 2}
    terms = [(("category",), 1.0), (Vectors("text"), 0.5), (Vectors("image"), 9.0)]
    users, items = np.array([3, 40, -1]), np.array([2, 20, 7])

    parts = affinities(dataset, columns, terms, 13)
    few = affinities(dataset, columns, terms, 13, np.array([7, 20]))

    everything = parts.scores(users)
    np.testing.assert_array_equal(parts.scores(users, items), everything[:, items])
    np.testing.assert_allclose(few.scores(users)[:, [7, 20]], everything[:, [7, 20]], rtol=1e-5)
    assert isinstance(few.parts[1], Nearness)
    assert few.parts[1].near.shape[1] == 2
    again = Affinities.restored(parts.arrays(), 41)
    np.testing.assert_array_equal(again.scores(users), everything)
    alone = affinities(dataset, columns, [(Vectors("text"), 1.0)], 13).scores(users)
    by_columns = affinities(dataset, columns, terms[:1], 13).scores(users)
    np.testing.assert_allclose(everything - by_columns, alone / 2, rtol=1e-4, atol=1e-6)


def test_where_all_items_read_the_same_or_none_was_bought_nobody_likes_any() -> None:
    same = np.ones((5, 3), dtype=np.float32)
    nothing = sparse.csr_matrix((2, 5), dtype=np.float32)

    assert not nearness(BOUGHT, same).scores(np.arange(3)).any()
    assert not nearness(nothing, ITEMS).scores(np.arange(2)).any()
    assert not nearness(BOUGHT, np.zeros((5, 0), np.float32)).scores(np.arange(3)).any()
