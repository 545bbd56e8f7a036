"""The nightly check: what only a person can judge, checks that are broken, and what is kept."""

import json
from dataclasses import replace
from unittest.mock import Mock

import duckdb
import pyarrow as pa
import pytest

from aisle.core.builds import BuildPlan, build_folder, write_plan
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from expectations import marts, raw, run
from expectations.border import Border, Occasion
from expectations.night import check_all
from expectations.results import Outcome
from expectations.rules import between
from expectations.run import check, check_border
from expectations.thresholds import read_thresholds
from tests.integration.checked_shop import NOW, execute, sound_shop, stop_message


@pytest.fixture
def shop(settings: Settings) -> Settings:
    return sound_shop(settings)


def test_a_sound_night_is_kept_and_touches_no_verdict(shop: Settings) -> None:
    write_plan(shop, BuildPlan("night-1", 1, NOW))
    results = check_all(shop, "night-1")
    assert [result.border for result in results] == ["raw", "marts"]  # nothing is published
    assert {rule.outcome for result in results for rule in result.results} == {Outcome.PASSED}
    assert not list(shop.builds.rglob("checks"))
    record = json.loads((shop.data_docs / "history" / "night-1.json").read_text())
    assert record["passed"]
    assert "history/night-1.json" in (shop.data_docs / "index.html").read_text()


QUIET_SHOP = (
    # Of the 70 orders of the newest week 7 are left: a drop by 90%.
    "delete from raw.events where substr(message_id, 2)::int between 530 and 593",
    # What is left was delivered two days before now.
    "update raw.events set received_at = timestamp '2017-12-30 04:00'",
    "update raw.events set timestamp = timestamp '2017-12-29' where timestamp > received_at",
)


def test_a_drop_in_volume_and_a_stale_delivery_fail_at_night_and_warn_in_a_build(
    shop: Settings,
) -> None:
    execute(shop, *QUIET_SHOP)
    message = stop_message(shop, "all")
    assert message.startswith("the nightly check found what a person has to look at")
    assert (
        "FAILED raw.events (volume): the newest complete day and week bring more than 10% of the "
        "usual events\n    not so in 1 of 1 comparisons (100%)\n"
        "    for example event='Order Completed', period='week', first_date='2017-12-25', "
        "last_date='2017-12-31', events='7', usual_events='70.0'\n"
        "    next: see whether the shop was closed" in message
    )
    assert (
        "FAILED raw.events (newest delivery): the newest event was delivered at most 36 hours "
        "before now\n    not so in 1 of 1 deliveries (100%)\n"
        "    for example newest_delivery_at='2017-12-30 04:00:00', now_at='2018-01-01 04:00:00', "
        "hours_without_delivery='48.0'\n    next: see whether the sender still sends" in message
    )
    assert message.count("FAILED") == 2

    in_a_build = check(shop, "raw", "b1")

    assert {rule.table for rule in in_a_build.having(Outcome.WARNED)} == {
        "raw.events (volume)",
        "raw.events (newest delivery)",
    }


def volume(shop: Settings, *statements: str) -> list[tuple[str, bool]]:
    """Return what is compared after `statements`: period, and whether it is a drop."""
    execute(shop, *statements)
    border = raw.border(BuildPlan("b1", 1, NOW), Occasion.NIGHT, read_thresholds())
    table = next(table for table in border.tables if table.part == "volume")
    with reader_connection(shop) as connection:
        frame = run.read_rows(connection, border, table)
    return list(zip(frame["period"], frame["is_drop"], strict=True))


TEN_TIMES = "insert into raw.events select events.* from raw.events cross join range(9)"


def test_a_day_is_compared_when_enough_happens_on_its_weekday(shop: Settings) -> None:
    assert volume(shop) == [("week", False)]
    assert volume(shop, TEN_TIMES) == [("day", False), ("week", False)]
    no_sunday = "delete from raw.events where timestamp::date = date '2017-12-31'"
    assert volume(shop, no_sunday) == [("day", True), ("week", False)]


def test_a_shop_that_closes_on_sundays_has_no_drop(shop: Settings) -> None:
    no_sundays = "delete from raw.events where dayofweek(timestamp) = 0"
    assert volume(shop, TEN_TIMES, no_sundays) == [("week", False)]


def test_without_five_weeks_of_history_nothing_is_compared(shop: Settings) -> None:
    young = "delete from raw.events where timestamp < timestamp '2017-11-28'"
    assert volume(shop, TEN_TIMES, young) == []


def every_rule_errs(border: Border) -> Border:
    """Return the border with one rule a table, on a column that no query gives."""
    rule = between("no_such_column", 0, 1, "it can be evaluated", "mend the rule")
    return replace(border, tables=tuple(replace(t, rules=(rule,)) for t in border.tables))


@pytest.mark.parametrize("border", [raw.border, marts.border], ids=["raw", "marts"])
def test_a_rule_that_errs_is_a_broken_check_in_every_suite(shop: Settings, border) -> None:
    broken = every_rule_errs(border(BuildPlan("b1", 1, NOW), Occasion.BUILD, read_thresholds()))
    with reader_connection(shop) as connection:
        result = check_border(shop, broken, connection)
    outcomes = {rule.table: rule.outcome for rule in result.results}
    assert outcomes.pop(f"{broken.name} (required columns)") is Outcome.PASSED
    skipped = {table for table, outcome in outcomes.items() if outcome is Outcome.SKIPPED}
    assert skipped == set()
    assert set(outcomes.values()) == {Outcome.BROKEN}
    assert len(outcomes) == len(broken.tables)
    assert not result.passed


def test_a_query_that_errs_is_a_broken_check_in_every_suite(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, label, error in (
        ("raw", "raw.batches", duckdb.BinderException),
        ("marts", "features.item_features (weekly grid)", pa.ArrowInvalid),
    ):
        refuse = Mock(side_effect=error("a column is of another type"))
        monkeypatch.setattr(run, "read_rows", refuse)
        message = stop_message(shop, name)
        assert "could not be evaluated; that says nothing about the data" in message
        assert f"BROKEN CHECK {label}: its rows can be read with expectations/sql/" in message
        assert "a column is of another type" in message
        assert "critical rule" not in message


def test_required_columns_that_cannot_be_read_are_a_broken_check(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise KeyError("columns")

    monkeypatch.setattr(run, "read_required_columns", refuse)
    assert "BROKEN CHECK raw (required columns):" in stop_message(shop, "raw")


def test_a_column_of_another_type_is_not_called_bad_data(shop: Settings) -> None:
    execute(
        shop,
        "create or replace table marts.fct_interactions as "
        "select * replace ('a lot' as value) from marts.fct_interactions",
    )
    message = stop_message(shop, "marts")
    assert "BROKEN CHECK marts.fct_interactions:" in message
    assert "critical rule" not in message


def test_marts_that_no_build_finished_are_left_out(shop: Settings) -> None:
    (shop.warehouse.with_name("built_by")).unlink()
    assert [result.border for result in check_all(shop, "b1")] == ["raw"]
    assert not (build_folder(shop, "b1") / "checks").exists()
