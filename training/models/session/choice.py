"""How much a visit counts beside all else: sessions of the last weeks of history decide."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.history import decayed_frequency, recent_popularity
from training.models.session.neighbours import Neighbours, learn_neighbours, rank_scores

K = 10
LAST = timedelta(days=21)
SEED = 0
QUESTIONS = 200
WEIGHTS = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
MOST_SHOWN = 10  # items of a visit
HALF_LIFE_WEEKS = 13
POPULAR_DAYS = 28


@dataclass(frozen=True)
class Session:
    """A visit cut in two."""

    user: int
    shown: np.ndarray  # item indices, oldest first
    following: np.ndarray  # item indices


def choose_session_weights(
    dataset: Dataset, params: Mapping[str, Any], *, hide_seen: bool
) -> dict[str, float]:
    """Return `weight` and `newcomer_weight` with which what follows in a visit is found best.

    The sessions are those of the last three weeks before the cutoff, or of the last eighth of a
    shorter history; of the time before them counts what was known when they began. A visit of a
    known user is weighed against their decayed frequency, then popularity; one of a newcomer
    against popularity.
    """
    if dataset.interactions.empty:
        return {name: float(params[name]) for name in ("weight", "newcomer_weight")}
    history = dataset.cutoff - dataset.interactions["interacted_at"].min().to_pydatetime()
    since = dataset.cutoff - min(LAST, history / 8)
    before = dataset.before(since)
    is_later = dataset.interactions["interacted_at"] >= since
    sessions = _some_sessions(dataset.interactions[is_later])
    stated = {name: float(params[name]) for name in ("weight", "newcomer_weight")}
    if not sessions or before.interactions.empty:
        return stated
    found = list(_qualities(before, sessions, learn_neighbours(before, params), hide_seen))
    if not found:
        return stated
    best = np.mean(found, axis=0).argmax(axis=1)
    return {name: WEIGHTS[place] for name, place in zip(stated, best, strict=True)}


def _qualities(
    before: Dataset, sessions: list[Session], neighbours: Neighbours, hide_seen: bool
) -> Iterator[np.ndarray]:
    """Yield NDCG@10 of what followed, 2 (known, newcomer) x weights, by session that says any."""
    own = decayed_frequency(before, HALF_LIFE_WEEKS)
    own.sum_duplicates()
    popularity = recent_popularity(before, POPULAR_DAYS)
    popularity /= 1 + popularity.max(initial=0)
    for one in sessions:
        after = neighbours.of_session(one.shown)
        if after is not None:
            known, row = popularity.copy(), own[one.user]
            known[row.indices] = -np.inf if hide_seen else 1 + row.data
            yield np.stack([_by_weight(base, after, one) for base in (known, popularity)])


def _by_weight(base: np.ndarray, after: np.ndarray, one: Session) -> np.ndarray:
    """Return NDCG@10 of what followed, by the weight of the visit."""
    ranked = rank_scores(base) + np.array(WEIGHTS, dtype=np.float32)[:, None] * after
    ranked[:, one.shown] = -np.inf
    ranked[:, np.isneginf(base)] = -np.inf
    is_relevant = np.zeros((len(WEIGHTS), base.size), dtype=bool)
    is_relevant[:, one.following] = True
    counts = np.full(len(WEIGHTS), one.following.size)
    return ndcg(hits(top_k_rows(ranked, K), is_relevant), counts, K)


def _some_sessions(rows: pd.DataFrame) -> list[Session]:
    """Return some sessions of two items or more, cut at random; a moment's items are shuffled."""
    random = np.random.default_rng(SEED)
    lines = rows.iloc[random.permutation(len(rows))].sort_values("interacted_at", kind="stable")
    lines = lines.drop_duplicates(["order_index", "item_index"])
    sizes = lines.groupby("order_index")["item_index"].transform("size")
    orders = np.unique(lines.loc[sizes > 1, "order_index"])
    wanted = set(random.permutation(orders)[:QUESTIONS].tolist())
    lines = lines[lines["order_index"].isin(wanted)]
    return [_cut(part, random) for _, part in lines.groupby("order_index")]


def _cut(lines: pd.DataFrame, random: np.random.Generator) -> Session:
    items = lines["item_index"].to_numpy()
    shown = int(random.integers(1, min(items.size - 1, MOST_SHOWN) + 1))
    return Session(int(lines["user_index"].iloc[0]), items[:shown], items[shown:])
