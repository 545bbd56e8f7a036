"""Candidates are chosen by what was known before the cutoff; the window after only labels them."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.windows import Window
from training.selection.candidates import Sampling, sample_candidates

CUTOFF = datetime(2024, 3, 4)
WINDOW = Window("validation", CUTOFF, CUTOFF + timedelta(days=21))
SAMPLING = Sampling(users=50, own=3, popular=2, random=2)


def bought(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Return purchases from (user, item, days before the cutoff)."""
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "days"])
    frame["interacted_at"] = pd.Timestamp(CUTOFF) - pd.to_timedelta(frame["days"], unit="D")
    frame["known_at"] = frame["interacted_at"]
    return frame.sort_values("interacted_at", ignore_index=True)


HISTORY = [(f"u{u}", f"i{(u + n) % 12}", 5.0 + n) for u in range(12) for n in range(5)]
AFTER = [(f"u{u}", f"i{u}", -3.0) for u in range(8)]


def test_rows_are_sorted_by_user_and_labelled_by_the_window() -> None:
    found = sample_candidates(bought(*HISTORY, *AFTER), WINDOW, SAMPLING, seed=1)

    assert found.rows["user_id"].is_monotonic_increasing
    assert not found.rows.duplicated().any()
    pairs = set(found.rows[found.is_bought].itertuples(index=False, name=None))
    assert pairs == {(f"u{u}", f"i{u}") for u in range(8)}
    assert found.group_starts.size == found.rows["user_id"].nunique()


def test_what_happens_in_the_window_does_not_choose_the_rows_of_a_user() -> None:
    """u0 buys something nobody had: it is no row, and no other row of u0 comes or goes."""
    usual = sample_candidates(bought(*HISTORY, *AFTER), WINDOW, SAMPLING, seed=1)
    more = bought(*HISTORY, *AFTER, ("u0", "brand-new", -4.0), ("u0", "i7", -4.0))
    other = sample_candidates(more, WINDOW, SAMPLING, seed=1)

    pd.testing.assert_frame_equal(usual.rows, other.rows)


def test_the_latest_own_items_are_candidates() -> None:
    found = sample_candidates(bought(*HISTORY, *AFTER), WINDOW, SAMPLING, seed=1)

    assert {"i3", "i4", "i5"} <= set(found.rows.query("user_id == 'u3'")["item_id"])


def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    frame = bought(*HISTORY, *AFTER)
    first, again, other = (
        sample_candidates(frame, WINDOW, SAMPLING, seed=seed) for seed in (1, 1, 2)
    )

    pd.testing.assert_frame_equal(first.rows, again.rows)
    np.testing.assert_array_equal(first.is_bought, again.is_bought)
    assert not first.rows.equals(other.rows)


def test_users_without_history_or_without_a_hit_are_left_out() -> None:
    frame = bought(
        *HISTORY, ("u1", "i1", -1), ("newcomer", "i1", -1), ("u2", "nothing-like-it", -1)
    )

    found = sample_candidates(frame, WINDOW, SAMPLING, seed=1)

    assert set(found.rows["user_id"]) == {"u1"}


def test_a_window_without_buyers_is_refused_with_its_dates() -> None:
    with pytest.raises(AisleError, match="2024-03-04 00:00:00 to 2024-03-25"):
        sample_candidates(bought(*HISTORY), WINDOW, SAMPLING, seed=1)


def test_what_became_known_after_the_cutoff_makes_no_candidate() -> None:
    frame = bought(*HISTORY, *AFTER, ("u3", "told-late", 1))
    frame.loc[frame["item_id"] == "told-late", "known_at"] = pd.Timestamp(CUTOFF)

    found = sample_candidates(frame, WINDOW, SAMPLING, seed=1)

    assert "told-late" not in set(found.rows["item_id"])
