"""The next item in a session: what somebody takes after the first items of a visit or basket."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisle.core.columns import ITEM_ID
from training.dataset import Snapshot
from training.folds import Fold
from training.metrics import CUTOFFS, hits, rank_metrics
from training.models.base import Recommender
from training.models.catalogue import positions

QUESTIONS = 150
LONGEST_PREFIX = 10  # items of a session that are shown
SEED = 0
OF_NEXT = [f"{name}_at_{k}" for name in ("hit", "mrr") for k in CUTOFFS]
OF_REST = [f"{name}_at_{k}" for name in ("recall", "ndcg") for k in CUTOFFS]
SESSION_METRICS = [*OF_NEXT, *OF_REST]


@dataclass(frozen=True)
class Question:
    """One session cut in two: the first items, oldest first, and those that came after them."""

    user: int
    shown: np.ndarray  # item indices
    following: np.ndarray  # item indices; the first one is the next item


def session_questions(
    snapshot: Snapshot, fold: Fold, *, most: int = QUESTIONS, seed: int = SEED
) -> list[Question]:
    """Return one session of each of a fold's users with any, of so many users at most.

    A session is what has one order id: a basket, or a visit where visits count. The fold's items
    are left out, as no model of it can know them; two others or more make a session. Where it is
    cut is drawn; so is the order of items of the same moment, such as those of a basket.
    """
    window = fold.window
    rows = snapshot.known_after(window)
    when = rows["interacted_at"]
    is_asked = (when >= window.cutoff) & (when < window.end) & rows["user_index"].isin(fold.users)
    is_asked &= ~rows["item_index"].isin(fold.items)
    random = np.random.default_rng(seed)
    asked = rows[is_asked].iloc[random.permutation(int(is_asked.sum()))]
    asked = asked.sort_values("interacted_at", kind="stable")
    asked = asked.drop_duplicates(["order_index", "user_index", "item_index"])
    found = list(_cut(asked, random))
    chosen = np.sort(random.permutation(len(found))[:most])
    return [found[place] for place in chosen]


def _cut(rows: pd.DataFrame, random: np.random.Generator) -> Iterator[Question]:
    """Yield a session per user, cut at random."""
    sizes = rows.groupby("order_index")["item_index"].transform("size")
    for _, lines in rows[sizes > 1].groupby("user_index", sort=True):
        orders = lines["order_index"].unique()
        order = orders[random.integers(orders.size)]
        items = lines.loc[lines["order_index"] == order, "item_index"].to_numpy()
        shown = int(random.integers(1, min(items.size - 1, LONGEST_PREFIX) + 1))
        yield Question(int(lines["user_index"].iloc[0]), items[:shown], items[shown:])


def judge_sessions(model: Recommender, questions: list[Question]) -> pd.DataFrame:
    """Return user_id and SESSION_METRICS, a row per question.

    hit and mrr: of the next item · recall and ndcg: of all that followed. Items of the session are
    not recommended again.
    """
    rows = []
    for question in questions:
        ranked = _listed(model, question)
        measured = _measured(ranked, question, model.item_ids.size)
        rows.append({"user_id": model.user_ids[question.user], **measured})
    return pd.DataFrame(rows, columns=["user_id", *SESSION_METRICS])


def _listed(model: Recommender, question: Question) -> np.ndarray:
    user_id = str(model.user_ids[question.user])
    shown = [str(item) for item in model.item_ids[question.shown]]
    k = max(CUTOFFS)
    listed = model.recommend([user_id], k, exclude={user_id: shown}, context={"session": shown})
    ranked = np.full((1, k), -1, dtype=np.intp)
    ranked[0, : len(listed)] = positions(model.item_ids, listed[ITEM_ID].tolist())
    return ranked


def _measured(ranked: np.ndarray, question: Question, items: int) -> dict[str, float]:
    """Return SESSION_METRICS of one list."""
    measured: dict[str, float] = {}
    for names, relevant in ((OF_NEXT, question.following[:1]), (OF_REST, question.following)):
        is_relevant = np.zeros((1, items), dtype=bool)
        is_relevant[0, relevant] = True
        found = rank_metrics(hits(ranked, is_relevant), np.array([relevant.size]))
        measured |= {name: float(found[name][0]) for name in names}
    return measured
