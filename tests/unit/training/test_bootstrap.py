"""Intervals hold the truth about as often as they promise, and pairs are compared as pairs."""

import numpy as np
import pandas as pd
import pytest

from training.bootstrap import (
    Interval,
    crossed_interval,
    mean_interval,
    simultaneous_differences,
    simultaneous_pairs,
)


def test_the_interval_covers_the_true_mean_about_95_times_in_100() -> None:
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        interval = mean_interval(random.exponential(1.0, size=200))
        covered += interval.low <= 1.0 <= interval.high

    # Binomial(200, .93) stays in this band 999 times in 1,000; the seed is fixed anyway.
    assert 173 <= covered <= 198


def test_draws_that_move_all_users_at_once_count_as_chance() -> None:
    random = np.random.default_rng(13)
    covered, covered_by_users_alone = 0, 0
    for _ in range(100):
        draws = random.normal(0, 0.3, size=8)
        values = random.normal(0, 1, size=(400, 1)) + draws
        crossed, alone = crossed_interval(values), mean_interval(values[:, 0])
        covered += crossed.low <= 0 <= crossed.high
        covered_by_users_alone += alone.low <= 0 <= alone.high

    assert covered >= 85, "eight draws tell a little too little of their own spread"
    assert covered_by_users_alone < 60


def test_with_one_draw_the_bounds_are_those_over_users() -> None:
    values = np.random.default_rng(17).random(500)

    crossed, alone = crossed_interval(values[:, np.newaxis]), mean_interval(values)

    assert crossed.mean == pytest.approx(alone.mean)
    assert crossed.low == pytest.approx(alone.low, abs=0.002)
    assert crossed.high == pytest.approx(alone.high, abs=0.002)


def test_users_who_were_not_there_in_some_windows_count_in_the_others() -> None:
    random = np.random.default_rng(19)
    values = random.normal(0.5, 1, size=(300, 3))
    is_missing = random.random(values.shape) < 0.4
    holed = np.where(is_missing, np.nan, values)

    found, whole = crossed_interval(holed), crossed_interval(values)

    assert found.mean == pytest.approx(np.nanmean(holed))
    assert found.high - found.low > whole.high - whole.low
    assert found.low < 0.5 < found.high
    assert np.isnan(crossed_interval(np.full((2, 2), np.nan)).mean)


def test_missing_values_are_left_out() -> None:
    assert mean_interval(np.array([1.0, np.nan, 3.0])).mean == 2


def test_nothing_to_average_gives_no_number() -> None:
    assert np.isnan(mean_interval(np.array([np.nan])).mean)


def test_a_steady_small_gain_is_seen_through_users_that_differ_much() -> None:
    base = np.random.default_rng(5).random(300)
    gain = 0.01 + 0.001 * (np.arange(300) % 3)
    rivals = pd.DataFrame({"old": base, "new": base + gain})

    found = simultaneous_differences(rivals, "old")

    assert found["new"].low > 0
    assert found["new"].mean == pytest.approx(0.011)
    assert found["old"] == Interval(0, 0, 0)
    reverse = simultaneous_differences(rivals, "new")["old"]
    assert (reverse.low, reverse.high) == pytest.approx((-found["new"].high, -found["new"].low))


def test_one_rival_alone_differs_from_nothing() -> None:
    found = simultaneous_differences(pd.DataFrame({"only": [0.1, 0.4]}), "only")

    assert found == {"only": Interval(0, 0, 0)}


def test_many_equal_rivals_seldom_look_different_together() -> None:
    """Without the control, some of five intervals would miss zero in one shop of six."""
    random = np.random.default_rng(17)
    missed = 0
    for _ in range(40):
        rivals = pd.DataFrame(random.normal(0, 1, (80, 6)))
        found = simultaneous_differences(rivals, 0)
        missed += any(not interval.low <= 0 <= interval.high for interval in found.values())

    # All pairs of six rivals are covered, so these five miss in less than 5%: Binomial(40, .05)
    # stays below 8 999 times in 1,000; the seed is fixed anyway.
    assert missed < 8


def test_the_best_of_many_needs_more_than_a_lucky_interval_of_its_own() -> None:
    random = np.random.default_rng(2)
    rivals = pd.DataFrame(random.normal(0, 1, (200, 10)), columns=list("abcdefghij"))

    together = simultaneous_differences(rivals, "a")["b"]
    alone = simultaneous_differences(rivals[["a", "b"]], "a")["b"]

    assert together.high - together.low > 1.4 * (alone.high - alone.low)


def test_pairs_have_the_bounds_that_differences_to_one_rival_have() -> None:
    random = np.random.default_rng(3)
    rivals = pd.DataFrame(random.normal(0, 1, (60, 3)), columns=list("abc"))

    pairs = simultaneous_pairs(rivals).set_index(["rival", "other"])

    against = simultaneous_differences(rivals, "c")
    assert list(pairs.index) == [("a", "b"), ("a", "c"), ("b", "c")]
    for rival in ("a", "b"):
        expected = [against[rival].mean, against[rival].low, against[rival].high]
        assert pairs.loc[(rival, "c"), ["mean", "low", "high"]].tolist() == pytest.approx(expected)
