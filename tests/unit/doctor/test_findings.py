"""How looks become a report."""

from collections.abc import Iterator

from aisle.core.settings import Settings
from aisle.doctor.checks import CHECKS
from aisle.doctor.findings import Check, Finding, State, examine, ok


def _breaks(settings: Settings) -> Iterator[tuple[State, str, str]]:
    yield ok("the first thing")
    raise ValueError("malformed header\nand more")


def test_a_look_that_breaks_is_a_failure_and_the_others_go_on(settings: Settings):
    found = examine(settings, [Check("store", _breaks), Check("disk", lambda _: [ok("room")])])
    assert found[0].state is State.fail
    assert found[0].text == "ValueError: malformed header"
    assert found[1] == Finding("disk", State.ok, "room", "")


def test_whatever_is_not_well_comes_with_advice(settings: Settings):
    assert all(one.advice for one in examine(settings, CHECKS) if one.state is not State.ok)


def test_an_area_is_looked_at_once():
    assert len({check.area for check in CHECKS}) == len(CHECKS)
