from datetime import datetime

import pytest

from aisle.core.clock import as_of, next_full_hour
from aisle.core.errors import AisleError


def test_data_clock_is_the_last_event() -> None:
    assert as_of("data", datetime(2018, 1, 1, 4, 1, 20)) == datetime(2018, 1, 1, 4, 1, 20)


def test_data_clock_without_events_says_what_to_do() -> None:
    with pytest.raises(AisleError, match="aisle load-raw"):
        as_of("data", None)


def test_wall_clock_does_not_follow_the_data() -> None:
    assert as_of("wall", datetime(2018, 1, 1)) > datetime(2025, 1, 1)


def test_windows_end_at_the_next_full_hour() -> None:
    assert next_full_hour(datetime(2018, 1, 1, 4, 1, 20)) == datetime(2018, 1, 1, 5)
    assert next_full_hour(datetime(2017, 12, 31, 23, 59)) == datetime(2018, 1, 1)
    assert next_full_hour(datetime(2018, 1, 1, 5)) == datetime(2018, 1, 1, 6)
