"""Intervals hold the truth about as often as they promise, and pairs are compared as pairs."""

import numpy as np
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from training.bootstrap import mean_interval, paired_difference


def per_user(values: dict[str, float], task: str = "next") -> pd.DataFrame:
    rows = [(task, user, value) for user, value in values.items()]
    return pd.DataFrame(rows, columns=["task", "user_id", "ndcg_at_10"])


def test_the_interval_covers_the_true_mean_about_95_times_in_100() -> None:
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        interval = mean_interval(random.exponential(1.0, size=200))
        covered += interval.low <= 1.0 <= interval.high

    # Binomial(200, .93) stays in this band 999 times in 1,000; the seed is fixed anyway.
    assert 173 <= covered <= 198


def test_missing_values_are_left_out() -> None:
    assert mean_interval(np.array([1.0, np.nan, 3.0])).mean == 2


def test_nothing_to_average_gives_no_number() -> None:
    assert np.isnan(mean_interval(np.array([np.nan])).mean)


def test_a_steady_small_gain_is_seen_through_users_that_differ_much() -> None:
    base = np.random.default_rng(5).random(300)
    a = per_user({f"u{i}": value + 0.01 + 0.001 * (i % 3) for i, value in enumerate(base)})
    b = per_user({f"u{i}": value for i, value in enumerate(base)})

    difference = paired_difference(a, b, "ndcg_at_10")

    assert difference.low > 0
    assert difference.mean == pytest.approx(0.011, abs=1e-3)
    reverse = paired_difference(b, a, "ndcg_at_10")
    assert reverse.mean == pytest.approx(-difference.mean)
    assert reverse.high < 0


def test_the_order_of_rows_does_not_matter() -> None:
    a, b = per_user({"x": 0.9, "y": 0.1}), per_user({"y": 0.1, "x": 0.9})

    assert paired_difference(a, b, "ndcg_at_10").mean == 0


def test_only_the_asked_task_is_compared() -> None:
    a = pd.concat([per_user({"x": 0.5}), per_user({"x": 0.9}, "discovery")])
    b = pd.concat([per_user({"x": 0.2}), per_user({"x": 0.1}, "discovery")])

    assert paired_difference(a, b, "ndcg_at_10", task="discovery").mean == pytest.approx(0.8)


def test_different_users_cannot_be_compared() -> None:
    with pytest.raises(AisleError, match="different users"):
        paired_difference(per_user({"x": 1.0}), per_user({"y": 1.0}), "ndcg_at_10")
