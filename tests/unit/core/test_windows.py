"""Windows end where the contract says, and rows of pairs are wanted just before each cutoff."""

from datetime import datetime, timedelta

import pytest

from aisle.core.windows import Window, backtest_windows, monday_of, pair_dates, windows

CUTOFF = datetime(2024, 3, 4, 5)
END = CUTOFF + timedelta(days=21)
WINDOW = Window("test_1", CUTOFF, END)
NOW = datetime(2018, 1, 1, 4, 1, 20)


def test_the_sample_shop_gets_the_windows_of_the_weeks_apart() -> None:
    cuts = windows(datetime(2018, 1, 1, 4, 1, 20), horizon_days=21)

    assert cuts.cutoffs == {
        "validation": datetime(2017, 10, 9, 5),
        "test_1": datetime(2017, 10, 30, 5),
        "test_2": datetime(2017, 11, 20, 5),
        "test_3": datetime(2017, 12, 11, 5),
        "end": datetime(2018, 1, 1, 5),
    }
    moments = list(cuts.cutoffs.values())
    ends = [window.end for window in (cuts.validation, *cuts.tests)]
    assert ends == moments[1:]


@pytest.mark.parametrize(
    ("history", "horizon"),
    [
        (timedelta(days=365), timedelta(days=21)),
        (timedelta(days=168), timedelta(days=21)),
        (timedelta(days=167), timedelta(days=20)),
        (timedelta(days=8), timedelta(days=1)),
        (timedelta(days=3), timedelta(hours=9)),
        (timedelta(hours=2), timedelta(hours=1)),
    ],
)
def test_a_short_history_gets_windows_of_an_eighth_of_it(
    history: timedelta, horizon: timedelta
) -> None:
    end = datetime(2018, 1, 1, 5)

    cuts = windows(end - timedelta(minutes=1), horizon_days=21, first_at=end - history)

    assert cuts.horizon == horizon
    assert cuts.validation.cutoff == end - 4 * horizon


def test_a_backtest_has_one_test_from_its_cutoff_and_validation_just_before() -> None:
    cuts = backtest_windows(CUTOFF, timedelta(days=21))

    assert cuts.tests == (WINDOW,)
    assert cuts.validation == Window("validation", CUTOFF - timedelta(days=21), CUTOFF)
    assert cuts.end == END


def test_pairs_are_dated_on_the_monday_before_each_cutoff_but_the_last() -> None:
    assert pair_dates(NOW, 21, [datetime(2017, 1, 1, 11)]) == (
        datetime(2017, 10, 9),
        datetime(2017, 10, 30),
        datetime(2017, 11, 20),
        datetime(2017, 12, 11),
    )


def test_pairs_of_every_kind_of_interaction_find_their_own_windows() -> None:
    long, short = datetime(2017, 1, 1), NOW - timedelta(days=80)

    dates = pair_dates(NOW, 21, [long, short])

    assert set(dates) == set(pair_dates(NOW, 21, [long])) | set(pair_dates(NOW, 21, [short]))
    assert len(dates) > 4
    assert {date.weekday() for date in dates} == {0}


def test_a_shop_of_hours_or_without_interactions_has_no_dates_after_now() -> None:
    assert pair_dates(NOW, 21, []) == ()
    young = pair_dates(NOW, 21, [NOW - timedelta(hours=2)])
    assert all(date < NOW for date in young)


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        (datetime(2018, 1, 1), datetime(2018, 1, 1)),
        (datetime(2017, 12, 31, 23, 59), datetime(2017, 12, 25)),
        (datetime(1970, 1, 4), datetime(1969, 12, 29)),
    ],
)
def test_a_monday_is_its_own(moment: datetime, monday: datetime) -> None:
    assert monday_of(moment) == monday
