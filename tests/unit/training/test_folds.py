"""Who is held out is held out everywhere, once, and asked for what came after."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.windows import windows
from training.dataset import Snapshot, SnapshotTables, read_snapshot, write_snapshot
from training.folds import Fold, cold_folds, item_folds, user_folds
from training.sessions import session_questions
from training.split import COLD_ITEMS, COLD_USERS

AS_OF = datetime(2024, 3, 25, 4, 30)
CUTS = windows(AS_OF, horizon_days=7)
TEST = CUTS.tests[0]
USERS = [f"u{number:02}" for number in range(12)]
ITEMS = [f"i{number:02}" for number in range(9)]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Users buy i00 … i07 before and in the first test window; u11 only in it. Nobody buys i08."""
    rows = []
    for number, user in enumerate(USERS):
        for item in ITEMS[:8]:
            if user != "u11":
                rows.append((user, item, f"{user}-old", TEST.cutoff - timedelta(days=3)))
            rows.append((user, item, f"{user}-new", TEST.cutoff + timedelta(hours=number)))
    columns = ["user_id", "item_id", "order_id", "interacted_at"]
    cutoffs = list(CUTS.cutoffs.values())
    told = [(cutoff, user, '{"age": "30"}', 4.0) for cutoff in cutoffs for user in USERS]
    sold = [(cutoff, item, "tea", 9.0) for cutoff in cutoffs for item in ITEMS]
    frames = SnapshotTables(
        interactions=pd.DataFrame(rows, columns=columns).assign(
            known_at=lambda rows: rows["interacted_at"]
        ),
        users=pd.DataFrame({"user_id": USERS}),
        items=pd.DataFrame({"item_id": ITEMS, "title": ITEMS}),
        user_features=pd.DataFrame(told, columns=["cutoff", "user_id", "attributes", "orders_28d"]),
        item_features=pd.DataFrame(sold, columns=["cutoff", "item_id", "category", "users_28d"]),
    )
    folder = tmp_path_factory.mktemp("folds") / "snapshot"
    write_snapshot(folder, frames, snapshot_id="s", as_of=AS_OF, windows=CUTS)
    return read_snapshot(folder)


def asked(fold: Fold) -> dict[str, set[int]]:
    """Return the items that any user is asked for, by task."""
    return {task: set(found.relevant.indices.tolist()) for task, found in fold.truths.items()}


def test_every_user_is_in_one_fold_and_the_same_one_in_every_window(snapshot: Snapshot) -> None:
    folds = list(user_folds(snapshot, TEST, folds=4))
    other = list(user_folds(snapshot, CUTS.tests[2], folds=4))

    assert sorted(np.concatenate([fold.users for fold in folds]).tolist()) == list(range(12))
    for one, two in zip(folds, other, strict=True):
        np.testing.assert_array_equal(one.users, two.users)
    assert [fold.number for fold in folds] == [1, 2, 3, 4]


def test_held_out_users_have_no_history_and_others_all_of_theirs(snapshot: Snapshot) -> None:
    everything = snapshot.dataset(TEST.name).interactions
    for fold in user_folds(snapshot, TEST, folds=4):
        left = fold.dataset.interactions

        expected = everything[~everything["user_index"].isin(fold.users)]
        pd.testing.assert_frame_equal(left, expected)


def test_all_who_bought_are_asked_once_newcomers_included(snapshot: Snapshot) -> None:
    users = [
        user
        for fold in user_folds(snapshot, TEST, folds=4)
        for user in fold.truths[COLD_USERS].users
    ]

    assert sorted(users) == list(range(12))


def test_what_was_told_stays_and_what_happened_goes(snapshot: Snapshot) -> None:
    fold = next(cold_folds(snapshot, TEST, folds=3))

    users, items = fold.dataset.user_features, fold.dataset.item_features
    assert (users["attributes"] == '{"age": "30"}').all()
    assert np.flatnonzero(users["orders_28d"].isna()).tolist() == fold.users.tolist()
    assert (items["category"] == "tea").all()
    assert np.flatnonzero(items["users_28d"].isna()).tolist() == fold.items.tolist()


def test_held_out_items_are_unsold_and_the_only_candidates(snapshot: Snapshot) -> None:
    seen: list[int] = []
    for fold in item_folds(snapshot, TEST, folds=3):
        assert not fold.dataset.interactions["item_index"].isin(fold.items).any()
        found = fold.truths[COLD_ITEMS]
        assert found.candidates is not None
        assert asked(fold) == {COLD_ITEMS: set(found.candidates.tolist())}
        assert 11 not in found.users  # has no history
        seen += found.candidates.tolist()

    assert sorted(seen) == list(range(8))  # i08 was never sold: it is no candidate


def test_held_out_at_once_users_are_not_asked_for_held_out_items(snapshot: Snapshot) -> None:
    for fold in cold_folds(snapshot, TEST, folds=3):
        users, items = fold.truths[COLD_USERS], fold.truths[COLD_ITEMS]

        assert set(users.users) == set(fold.users)
        assert not set(users.relevant.indices) & set(fold.items)
        assert not set(items.users) & set(fold.users)
        left = fold.dataset.interactions
        assert not left["user_index"].isin(fold.users).any()
        assert not left["item_index"].isin(fold.items).any()


def test_another_seed_holds_out_others(snapshot: Snapshot) -> None:
    one, other = (next(user_folds(snapshot, TEST, folds=4, seed=seed)).users for seed in (0, 1))

    assert one.tolist() != other.tolist()


@pytest.mark.parametrize("folds", [0, 1, 13])
def test_a_number_of_folds_that_makes_none_or_empty_ones_is_refused(
    snapshot: Snapshot, folds: int
) -> None:
    with pytest.raises(AisleError, match=f"{folds} folds of 12"):
        next(user_folds(snapshot, TEST, folds=folds))


def test_sessions_of_a_fold_are_of_its_users_and_hold_none_of_its_items(snapshot: Snapshot) -> None:
    for fold in cold_folds(snapshot, TEST, folds=3):
        questions = session_questions(snapshot, fold)

        assert [question.user for question in questions] == fold.users.tolist()
        for question in questions:
            items = {*question.shown.tolist(), *question.following.tolist()}
            assert items == set(range(8)) - set(fold.items.tolist())
