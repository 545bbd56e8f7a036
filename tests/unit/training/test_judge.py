"""Judging looks at few items of each row, and finds what looking at all of them finds."""

from collections.abc import Collection
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from training.asked import SEED
from training.dataset import Dataset
from training.judge import judge
from training.metrics import AUC_NEGATIVES, auc, hits, rank_metrics
from training.split import COLD_ITEMS, Task, Truth

USERS, ITEMS = 30, 3000


class Scores:
    """A model that answers from a table."""

    def __init__(self, scores: np.ndarray) -> None:
        self.scores = scores
        self.user_ids = np.array([f"u{user:02}" for user in range(USERS)], dtype=object)
        self.item_ids = np.array([f"i{item:04}" for item in range(ITEMS)], dtype=object)

    def score(self, user_ids: Collection[str]) -> np.ndarray:
        return self.scores[np.searchsorted(self.user_ids, list(user_ids))]


@pytest.fixture(scope="module")
def truths() -> dict[Task, Truth]:
    """Users bought up to 40 items; the first ones had met most of what they would be shown."""
    random = np.random.default_rng(5)
    bought = random.random((USERS, ITEMS)) < 0.01
    bought[3] = False  # nothing to find
    seen = random.random((USERS, ITEMS)) < np.linspace(0.995, 0, USERS)[:, None]
    candidates = np.flatnonzero(random.random(ITEMS) < 0.5)
    cold = bought.copy()
    cold[:, np.setdiff1d(np.arange(ITEMS), candidates)] = False
    return {
        "next": Truth("next", sparse.csr_matrix(bought)),
        "discovery": Truth("discovery", sparse.csr_matrix(bought & ~seen), sparse.csr_matrix(seen)),
        COLD_ITEMS: Truth(COLD_ITEMS, sparse.csr_matrix(cold), candidates=candidates),
    }


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    lines = [(user, user, user) for user in range(USERS)]
    return Dataset(
        cutoff=datetime(2024, 3, 4),
        user_ids=np.arange(USERS),
        item_ids=np.arange(ITEMS),
        interactions=pd.DataFrame(lines, columns=["user_index", "item_index", "order_index"]),
        user_features=pd.DataFrame(index=range(USERS)),
        item_features=pd.DataFrame(index=range(ITEMS)),
    )


def plainly(scores: np.ndarray, found: Truth, user: int) -> dict[str, float]:
    """Return one user's metrics by sorting the whole row and masking the whole catalogue."""
    is_candidate = np.ones(ITEMS, dtype=bool)
    if found.seen is not None:
        is_candidate[found.seen[user].indices] = False
    if found.candidates is not None:
        is_candidate = np.isin(np.arange(ITEMS), found.candidates)
    row = np.where(is_candidate, scores[user], -np.inf)
    best = np.argsort(-row, kind="stable")[:20]
    ranked = np.where(np.isfinite(row[best]), best, -1)[None]
    is_relevant = found.relevant[user].toarray()
    measured = rank_metrics(hits(ranked, is_relevant), is_relevant.sum(axis=1))
    allowed = np.flatnonzero(is_candidate & ~is_relevant[0])
    if allowed.size > AUC_NEGATIVES:
        random = np.random.default_rng((SEED, user))
        allowed = allowed[random.integers(allowed.size, size=AUC_NEGATIVES)]
    value = auc(scores[user][is_relevant[0]], scores[user][allowed])
    return {**{name: float(values[0]) for name, values in measured.items()}, "auc": value}


@pytest.mark.parametrize("kind", ["spread", "tied", "hidden"])
def test_every_user_is_judged_as_if_all_items_had_been_sorted(
    kind: str, truths: dict[Task, Truth], dataset: Dataset
) -> None:
    random = np.random.default_rng(7)
    scores = random.standard_normal((USERS, ITEMS)).astype(np.float32)
    if kind == "tied":
        scores = np.maximum(np.round(scores), 1)
    if kind == "hidden":
        scores[random.random(scores.shape) < 0.99] = -np.inf
    model = Scores(scores)

    per_user = judge(model, truths, dataset).per_user  # type: ignore[arg-type]

    for task, found in truths.items():
        rows = per_user[per_user["task"] == task].set_index("user_id")
        assert rows.index.tolist() == [model.user_ids[user] for user in found.users]
        for user in found.users:
            expected = plainly(scores, found, int(user))
            measured = rows.loc[model.user_ids[user], list(expected)]
            assert measured.to_dict() == pytest.approx(expected, nan_ok=True, abs=0)


def test_cold_items_are_ranked_among_themselves(
    truths: dict[Task, Truth], dataset: Dataset
) -> None:
    found = truths[COLD_ITEMS]
    assert found.candidates is not None
    scores = np.full((USERS, ITEMS), 9, dtype=np.float32)
    scores[:, found.candidates] = 0
    rows, columns = found.relevant.nonzero()
    scores[rows, columns] = 1

    judged = judge(Scores(scores), {COLD_ITEMS: found}, dataset)  # type: ignore[arg-type]

    np.testing.assert_allclose(judged.per_user["ndcg_at_10"], 1)
    assert (judged.per_user["auc"] == 1).all()


def test_nobody_to_judge_leaves_an_empty_table(dataset: Dataset) -> None:
    nobody = Truth("next", sparse.csr_matrix((USERS, ITEMS), dtype=bool))
    scores = Scores(np.zeros((USERS, ITEMS), dtype=np.float32))

    judged = judge(scores, {"next": nobody}, dataset)  # type: ignore[arg-type]

    assert judged.per_user.empty
