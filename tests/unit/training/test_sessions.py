"""A session is cut once: what came first is shown, what followed is asked for."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aisle.core.columns import RECOMMENDATION
from aisle.core.windows import windows
from training.dataset import Snapshot
from training.folds import Fold
from training.sessions import LONGEST_PREFIX, Question, judge_sessions, session_questions

CUTS = windows(datetime(2024, 3, 25, 4, 30), horizon_days=7)
TEST = CUTS.tests[0]


def snapshot(rows: list[tuple[int, int, int, datetime]]) -> Snapshot:
    columns = ["user_index", "item_index", "order_index", "interacted_at"]
    frame = pd.DataFrame(rows, columns=columns).assign(known_at=lambda rows: rows["interacted_at"])
    users, items = (np.arange(50).astype(str).astype(object) for _ in range(2))
    return Snapshot(Path("nowhere"), "s", CUTS.end, CUTS, users, items, frame)


def fold(users: np.ndarray, items: Collection[int] = ()) -> Fold:
    held = np.array(list(items), dtype=np.intp)
    return Fold(1, TEST, users, held, dataset=None, truths={})  # type: ignore[arg-type]


def at(hours: float) -> datetime:
    return TEST.cutoff + timedelta(hours=hours)


def test_items_of_a_session_keep_their_order_in_time() -> None:
    rows = [(0, item, 7, at(item)) for item in range(30)]

    (question,) = session_questions(snapshot(rows), fold(np.array([0])))

    together = np.concatenate([question.shown, question.following]).tolist()
    assert together == list(range(30))
    assert 1 <= question.shown.size <= LONGEST_PREFIX


def test_items_of_one_moment_come_in_drawn_order() -> None:
    rows = [(user, item, user, at(1)) for user in range(20) for item in range(12)]

    questions = session_questions(snapshot(rows), fold(np.arange(20)))

    assert len({question.following[0] for question in questions}) > 5


def test_only_asked_users_with_two_items_in_the_window_are_asked_once() -> None:
    rows = [(0, 1, 0, at(1)), (0, 1, 0, at(2))]  # one item twice
    rows += [(1, 1, 1, at(-5)), (1, 2, 1, at(-4))]  # before the window
    rows += [(2, item, order, at(order)) for order in (2, 3, 4) for item in (5, 6)]
    rows += [(3, 1, 5, at(1)), (3, 2, 5, at(2))]  # not asked

    questions = session_questions(snapshot(rows), fold(np.array([0, 1, 2])))

    assert [question.user for question in questions] == [2]


def test_held_out_items_are_neither_shown_nor_asked_for() -> None:
    rows = [(user, item, user, at(item)) for user in range(40) for item in range(12)]
    rows += [(40, item, 40, at(item)) for item in (3, 30)]  # one item remains

    questions = session_questions(snapshot(rows), fold(np.arange(41), [3, 4, 11]))

    assert [question.user for question in questions] == list(range(40))
    for question in questions:
        together = np.concatenate([question.shown, question.following]).tolist()
        assert together == [0, 1, 2, 5, 6, 7, 8, 9, 10]


def test_questions_are_limited_and_the_same_every_time() -> None:
    rows = [(user, item, user, at(item)) for user in range(40) for item in range(5)]

    one, two = (session_questions(snapshot(rows), fold(np.arange(40)), most=9) for _ in range(2))

    assert len(one) == 9
    assert [question.user for question in one] == [question.user for question in two]


class Follows:
    """Recommends what comes after the last item of the session, then the one after that."""

    user_ids = np.array([f"u{user}" for user in range(3)], dtype=object)
    item_ids = np.array([f"i{item:02}" for item in range(30)], dtype=object)

    def recommend(
        self,
        user_ids: Collection[str],
        k: int,
        *,
        exclude: Mapping[str, Collection[str]],
        context: Mapping[str, Any],
    ) -> pd.DataFrame:
        last = int(context["session"][-1][1:])
        assert set(exclude[next(iter(user_ids))]) == set(context["session"])
        items = [f"i{item:02}" for item in range(last + 1, min(last + 1 + k, 30))]
        rows = [(next(iter(user_ids)), item, 0.0, 1, "popular") for item in items]
        return pd.DataFrame(rows, columns=RECOMMENDATION)


def test_the_next_item_and_the_rest_are_measured() -> None:
    questions = [
        Question(0, np.array([3, 4]), np.array([5, 6])),  # both at the top
        Question(1, np.array([4]), np.array([6, 29])),  # the next one second, the other not shown
        Question(2, np.array([29]), np.array([1])),  # an empty list
    ]

    found = judge_sessions(Follows(), questions)  # type: ignore[arg-type]

    assert found["user_id"].tolist() == ["u0", "u1", "u2"]
    assert found["mrr_at_10"].tolist() == [1.0, 0.5, 0.0]
    assert found["hit_at_20"].tolist() == [1.0, 1.0, 0.0]
    assert found["recall_at_20"].tolist() == [1.0, 0.5, 0.0]
    assert found["ndcg_at_10"].tolist()[0] == pytest.approx(1)


def test_no_questions_leave_an_empty_table() -> None:
    assert judge_sessions(Follows(), []).empty  # type: ignore[arg-type]
