from datetime import datetime

import pytest

from aisle.core.builds import BuildPlan, checked_id, read_plan, write_plan
from aisle.core.errors import AisleError
from aisle.core.settings import Settings


def test_a_plan_is_read_as_it_was_written(settings: Settings) -> None:
    plan = BuildPlan("b1", 3, datetime(2018, 1, 1, 4, 1, 20), (datetime(2017, 12, 11),))
    write_plan(settings, plan)
    assert read_plan(settings, "b1") == plan


def test_a_missing_plan_names_the_command_that_makes_it(settings: Settings) -> None:
    with pytest.raises(AisleError, match="aisle fix-ceiling --build b2"):
        read_plan(settings, "b2")


@pytest.mark.parametrize("value", ["", "..", "../up", "a/b", "a b", "x" * 129, ".hidden"])
def test_an_id_cannot_leave_its_folder(value: str) -> None:
    with pytest.raises(AisleError, match="cannot be an id"):
        checked_id(value)


def test_airflow_run_ids_made_safe_are_ids() -> None:
    assert checked_id("manual__2026-01-01T00-00-00.123-00-00_aB1-")
