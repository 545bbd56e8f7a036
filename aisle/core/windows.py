"""When features are wanted: windows that trainings are judged on, and dates of rows of pairs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aisle.core.clock import next_full_hour

TESTS = 3
LEAST_HISTORY = 8  # horizons between the first interaction and the end, four of them windows
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """History is everything before `cutoff`; truth runs from `cutoff` to just before `end`."""

    name: str
    cutoff: datetime
    end: datetime


@dataclass(frozen=True)
class Windows:
    """Choices are made on `validation`, rivals judged on `tests`, the winner refitted at `end`.

    All windows are equally long and follow one another, oldest first.
    """

    validation: Window
    tests: tuple[Window, ...]
    end: datetime

    @property
    def horizon(self) -> timedelta:
        """How long each window is."""
        return self.validation.end - self.validation.cutoff

    @property
    def cutoffs(self) -> dict[str, datetime]:
        """The moments features are wanted for, by name."""
        judged = {window.name: window.cutoff for window in (self.validation, *self.tests)}
        return {**judged, "end": self.end}


def windows(
    as_of: datetime, horizon_days: float, *, first_at: datetime | None = None, tests: int = TESTS
) -> Windows:
    """Return the windows ending at the first full hour after `as_of`.

    A shop that began at `first_at` gets windows no longer than `horizon_for` allows.
    """
    end = next_full_hour(as_of)
    horizon = timedelta(days=horizon_days)
    if first_at is not None:
        horizon = horizon_for(end - first_at, horizon)
    return adjacent_windows(end, horizon, tests)


def horizon_for(history: timedelta, wanted: timedelta) -> timedelta:
    """Return the wanted horizon, or an eighth of the history where that is shorter.

    Then four windows take the later half and every fit knows at least the earlier one. Rounded
    down to whole days, below a day to whole hours; never less than an hour.
    """
    longest = history / LEAST_HISTORY
    if wanted <= longest:
        return wanted
    step = DAY if longest >= DAY else HOUR
    return max(longest // step * step, HOUR)


def backtest_windows(cutoff: datetime, horizon: timedelta) -> Windows:
    """Return one test that starts at `cutoff`, and the validation window just before it."""
    return adjacent_windows(cutoff + horizon, horizon, tests=1)


def adjacent_windows(end: datetime, horizon: timedelta, tests: int) -> Windows:
    """Return a validation window and so many tests of one length, the last ending at `end`."""
    starts = [end - horizon * back for back in range(tests, 0, -1)]
    return Windows(
        validation=Window("validation", starts[0] - horizon, starts[0]),
        tests=tuple(
            Window(f"test_{number}", start, start + horizon)
            for number, start in enumerate(starts, start=1)
        ),
        end=end,
    )


def pair_dates(
    as_of: datetime, horizon_days: float, first_ats: Iterable[datetime]
) -> tuple[datetime, ...]:
    """Return the Mondays 00:00 at which a training as of now asks for rows of pairs, oldest first.

    Each is the one at or before a cutoff; the last cutoff is left out, as rows of now serve it.
    `first_ats` are the first moments of each kind of interaction, for a training takes whichever
    kind there is enough of.
    """
    cutoffs = {
        cutoff
        for first_at in first_ats
        for name, cutoff in windows(as_of, horizon_days, first_at=first_at).cutoffs.items()
        if name != "end"
    }
    return tuple(sorted({monday_of(cutoff) for cutoff in cutoffs if cutoff <= as_of} - {as_of}))


def monday_of(moment: datetime) -> datetime:
    """Return the Monday 00:00 at or before `moment`."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - DAY * midnight.weekday()
