"""One real dbt build after another: features are counted right, and never know the future."""

import re
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from aisle.core.builds import BuildPlan, read_plan, write_plan
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.build import dbt_command, dbt_environment, transform
from aisle.pipeline.load_raw import load_raw
from tests.integration.feature_shop import (
    FIRST_NOW,
    SECOND_NOW,
    counted_item,
    counted_user,
    land,
    orders,
)

USER_COLUMNS = [
    *(f"{name}_{days}d" for days in (28, 91, 364) for name in ("orders", "spend", "items")),
    "days_since_last_order",
    "mean_days_between_orders",
    "repeat_line_share_364d",
]
ITEM_COLUMNS = [
    *(f"{name}_{days}d" for days in (7, 28, 91, 364) for name in ("orders", "users")),
    "mean_unit_value_364d",
    "days_since_last_sale",
    "rebuy_rate",
]
Tables = dict[str, pd.DataFrame]
ORDERS = orders()
UNIT_TESTS = ("test", "--select", "test_type:unit")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of a generated shop."""
    return tmp_path_factory.mktemp("shop") / "home"


@pytest.fixture(scope="module")
def builds(shop: Path) -> tuple[Tables, Tables]:
    """The tables of a build of the first batch, and of one of both batches with a later now."""
    settings = Settings(home=shop)
    land(settings, [order for order in ORDERS if order.ordered_at <= FIRST_NOW], "first")
    load_raw(settings)
    land(settings, [order for order in ORDERS if order.ordered_at > FIRST_NOW], "second")
    load_raw(settings)
    # Both batches are loaded before the first build: its ceiling must hide the second.
    return _built(settings, "b1", 1, FIRST_NOW), _built(settings, "b2", 2, SECOND_NOW)


def _built(settings: Settings, build_id: str, ceiling: int, now: datetime) -> Tables:
    write_plan(settings, BuildPlan(build_id=build_id, max_batch_id=ceiling, as_of=now))
    transform(settings, build_id)
    with reader_connection(settings) as connection:
        return {
            "users": _table(connection, "features.user_features"),
            "items": _table(connection, "features.item_features"),
            "orders": _table(connection, "marts.fct_orders"),
        }


def _table(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    return connection.table(name).order("all").df()


def test_dbt_s_own_unit_tests_pass(shop: Path, builds: tuple[Tables, Tables]) -> None:
    settings = Settings(home=shop)
    command = dbt_command(settings, read_plan(settings, "b2"), UNIT_TESTS)
    ended = subprocess.run(
        command, env=dbt_environment(settings), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    passed = re.search(r"PASS=(\d+)", ended.stdout)
    assert passed is not None
    assert int(passed[1]) >= 20, ended.stdout


@pytest.mark.parametrize("name", ["users", "items"])
def test_a_date_s_features_do_not_change_when_later_orders_arrive(
    builds: tuple[Tables, Tables], name: str
) -> None:
    before, after = (tables[name] for tables in builds)
    mondays = before[before["as_of_date"] < FIRST_NOW]
    assert len(mondays) > 200
    pd.testing.assert_frame_equal(
        mondays.reset_index(drop=True),
        after[after["as_of_date"] < FIRST_NOW].reset_index(drop=True),
    )


def test_a_build_sees_no_batch_above_its_ceiling(builds: tuple[Tables, Tables]) -> None:
    first, second = (tables["orders"] for tables in builds)
    assert first["ordered_at"].max() == FIRST_NOW
    assert len(second) == len(ORDERS)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    ("name", "key", "columns"),
    [("users", "user_id", USER_COLUMNS), ("items", "item_id", ITEM_COLUMNS)],
)
def test_features_are_what_counting_the_orders_gives(
    builds: tuple[Tables, Tables], which: int, name: str, key: str, columns: list[str]
) -> None:
    now = (FIRST_NOW, SECOND_NOW)[which]
    count = counted_user if key == "user_id" else counted_item
    frame = builds[which][name]
    for row in frame.to_dict("records"):
        moment = row["as_of_date"].to_pydatetime()
        known = [o for o in ORDERS if o.ordered_at < moment or o.ordered_at == moment == now]
        expected = count(known, row[key], moment, inclusive=moment == now)
        answer = [row[column] if row[column] == row[column] else 0 for column in columns]
        assert answer == pytest.approx(expected, abs=1e-4), (row[key], moment)


@pytest.mark.parametrize("which", [0, 1])
def test_rows_are_every_monday_and_now_for_everything_that_was_active(
    builds: tuple[Tables, Tables], which: int
) -> None:
    now = (FIRST_NOW, SECOND_NOW)[which]
    dates = {datetime(2017, 1, 9) + timedelta(weeks=n) for n in range(60)}
    dates = {date for date in dates if date < now} | {now}
    expected = set()
    for date in dates:
        known = [o for o in ORDERS if o.ordered_at < date or o.ordered_at == date == now]
        recent = [o for o in known if date - o.ordered_at <= timedelta(days=182)]
        expected |= {(date, item) for order in recent for item in order.lines}
    frame = builds[which]["items"]
    assert (
        set(zip(frame["as_of_date"].dt.to_pydatetime(), frame["item_id"], strict=True)) == expected
    )
    assert ("i9" in set(frame.loc[frame["as_of_date"] == now, "item_id"])) is False
