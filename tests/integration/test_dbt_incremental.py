"""Builds on top of builds hold what a full build of the same rows holds, whatever came before."""

import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from aisle.core.builds import BuildPlan
from aisle.core.landing import delivery
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.build import dbt_command, dbt_environment, project_fingerprint
from aisle.pipeline.load_raw import load_raw
from aisle.pipeline.set_aside import set_aside
from tests.integration.correcting_shop import FIRST_NOW, SECOND_NOW, load_shop
from tests.integration.counted_pairs import (
    PAIR,
    assert_counted,
    counted,
    different,
    known_events,
    purchase_gaps,
)

SELECTED = ("run", "--select", "+marts", "int_order_items_quarantined")
PAIR_DATES = (datetime(2017, 2, 6), datetime(2017, 2, 27), datetime(2017, 3, 13))
TABLES = (
    "intermediate.int_item_events_identified",
    "intermediate.int_item_lines_unnested",
    "intermediate.int_order_items_aggregated",
    "intermediate.int_order_items_quarantined",
    "intermediate.int_list_items_unnested",
    "intermediate.int_visit_events_located",
    "intermediate.int_events_sessionized",
    "intermediate.int_order_refunds_allocated",
    "intermediate.int_events_stitched",
    "marts.dim_users",
    "marts.dim_identities",
    "marts.dim_visitors",
    "marts.dim_items",
    "marts.fct_orders",
    "marts.fct_interactions",
    "marts.fct_sessions",
    "marts.fct_exposures",
    "intermediate.int_feature_events",
    "intermediate.int_user_feature_rows",
    "intermediate.int_item_feature_rows",
    "features.user_features",
    "features.item_features",
    "features.user_item_features",
    "features.user_category_features",
    "features.user_brand_features",
    "features.item_segment_features",
    "features.user_versions",
    "features.item_versions",
    "features.user_demographics",
    "features.user_profiles",
    "features.user_sequences",
    "features.session_features",
)
Tables = dict[str, pd.DataFrame]


def plan(ceiling: int, now: datetime) -> BuildPlan:
    dates = tuple(date for date in PAIR_DATES if date < now)
    return BuildPlan(build_id="b", max_batch_id=ceiling, as_of=now, pair_dates=dates)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop of three batches whose first build read one batch, at an early now."""
    settings = Settings(home=tmp_path_factory.mktemp("shop") / "home")
    load_shop(settings, seed=3)
    run(settings, plan(1, FIRST_NOW))
    return settings


def run(settings: Settings, build: BuildPlan, *options: str) -> None:
    ended = subprocess.run(
        dbt_command(settings, build, (*SELECTED, *options)),
        env=dbt_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def tables(settings: Settings) -> Tables:
    with reader_connection(settings) as connection:
        return {name: connection.table(name).order("all").df() for name in TABLES}


def full_build(settings: Settings, build: BuildPlan, home: Path) -> Tables:
    """Return what a full build of the same raw rows gives, made on a copy of the warehouse."""
    other = Settings(home=home)
    other.warehouse.parent.mkdir(parents=True)
    shutil.copy(settings.warehouse, other.warehouse)
    run(other, build, "--full-refresh")
    return tables(other)


def assert_same(left: Tables, right: Tables) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(left[name], right[name], obj=name)


def test_late_messages_and_corrections_change_what_a_full_build_would(
    shop: Settings, tmp_path: Path
) -> None:
    before = tables(shop)
    kill_while_unfolding(shop, plan(3, SECOND_NOW))
    run(shop, plan(3, SECOND_NOW))
    after = tables(shop)
    assert_same(after, full_build(shop, plan(3, SECOND_NOW), tmp_path / "full"))
    # The scenario is not empty: orders were corrected, and late ones came to days already built.
    orders = before["marts.fct_orders"].merge(after["marts.fct_orders"], on="order_id")
    assert (orders["revenue_x"] != orders["revenue_y"]).sum() > 3
    assert after["marts.fct_orders"]["order_id"].str.contains("(user u", regex=False).sum() > 3
    late = set(after["marts.fct_orders"].query("ordered_at < @FIRST_NOW")["order_id"])
    assert len(late - set(before["marts.fct_orders"]["order_id"])) > 3
    # And who was behind what was known already: an identify or an alias that came late says so.
    users = [
        each["intermediate.int_events_stitched"][["message_id", "user_id"]]
        for each in (before, after)
    ]
    users_of = users[0].merge(users[1], on="message_id")
    assert (users_of["user_id_x"] != users_of["user_id_y"]).sum() > 3
    assert {"anonymous", "user"} == set(after["marts.dim_identities"]["id_kind"])
    assert_logins_moved_what_was_built(before, after)
    assert_visits_changed(before, after)


def assert_logins_moved_what_was_built(before: Tables, after: Tables) -> None:
    """Logins that came with later batches say since when earlier events are known to be whose."""
    keys = ["order_id", "item_id"]
    interactions = before["marts.fct_interactions"].merge(
        after["marts.fct_interactions"], on=keys, suffixes=("_before", "")
    )
    moved = interactions["user_id"] != interactions["user_id_before"]
    assert (moved & (interactions["known_at"] > interactions["known_at_before"])).any()
    events = after["intermediate.int_feature_events"]
    assert events["moved_at"].notna().sum() > 3
    assert (events["moved_at"] > events["known_at"])[events["moved_at"].notna()].all()
    left = events[events["moved_at"].notna()].merge(events, on=["event", *keys])
    left = left[left["former_user_id_y"] == left["user_id_x"]]
    assert len(left) == events["moved_at"].notna().sum()
    assert (left["moved_at_x"] == left["known_at_y"]).all()


def assert_visits_changed(before: Tables, after: Tables) -> None:
    """Late events joined sessions, and took outcomes to exposures that came to light later."""
    sessions = after["intermediate.int_events_sessionized"].merge(
        before["intermediate.int_events_sessionized"], on="message_id", suffixes=("", "_before")
    )
    joined = sessions.groupby("session_id")["session_id_before"].nunique()
    assert (joined > 1).sum() > 3
    outcome = ["click_message_id", "order_id"]
    exposures = after["marts.fct_exposures"].merge(
        before["marts.fct_exposures"], on=["message_id", "position"], suffixes=("", "_before")
    )
    for column in outcome:
        assert after["marts.fct_exposures"][column].notna().sum() > 3
        had = exposures[f"{column}_before"].fillna("")
        assert (exposures[column].fillna("") != had).any(), column
    assert (after["marts.fct_orders"]["refunded_value"] > 0).sum() > 3
    assert after["marts.fct_orders"]["is_refunded"].any()


def kill_while_unfolding(settings: Settings, build: BuildPlan) -> None:
    """Kill dbt as soon as it says that it is adding the lines of new messages."""
    process = subprocess.Popen(
        dbt_command(settings, build, SELECTED),
        env={**dbt_environment(settings), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        said = any("START sql incremental" in line and "lines_unnested" in line for line in lines)
        process.kill()
    process.wait()
    assert said, "dbt never came to the model that is to be killed"


def test_a_lower_ceiling_an_earlier_now_and_rows_set_aside_take_rows_away(
    shop: Settings, tmp_path: Path
) -> None:
    run(shop, plan(3, SECOND_NOW))
    before = tables(shop)["intermediate.int_item_events_identified"]
    gone = sorted(before.query("batch_id == 1")["message_id"])[:5]
    set_aside(shop, gone, "a test")
    run(shop, plan(2, FIRST_NOW))
    after = tables(shop)
    assert_same(after, full_build(shop, plan(2, FIRST_NOW), tmp_path / "full"))
    left = after["intermediate.int_item_events_identified"]
    assert not set(gone) & set(left["message_id"])
    assert left["occurred_at"].max() <= FIRST_NOW
    links = after["marts.dim_identities"]["linked_at"]
    assert links.max() <= FIRST_NOW
    assert 0 < len(left) < len(before)


def test_days_and_weeks_that_pass_move_rows_on(tmp_path: Path) -> None:
    """A day passes, and then three weeks, in which one of the dates stays."""
    shop = Settings(home=tmp_path / "home")
    load_shop(shop, seed=5)
    run(shop, moment(1, "2017-03-05T00:45", "2017-02-06", "2017-02-27"))
    counted = counted_at(shop)
    for build in (
        moment(1, "2017-03-06T00:45", "2017-02-06", "2017-02-27"),
        moment(1, "2017-03-27T00:00", "2017-02-27", "2017-03-20"),
    ):
        run(shop, build)
        # The scenario is not empty: rows of the build before were dated on.
        assert counted & counted_at(shop), build.as_of
        counted = counted_at(shop)
        full = full_build(shop, build, tmp_path / f"full{build.as_of.day}")
        assert_same(tables(shop), full)
    assert_pairs_are_what_counting_gives(shop, build.as_of)


def assert_pairs_are_what_counting_gives(settings: Settings, now: datetime) -> None:
    """Count every window and half-life of rows that were dated on, straight from the events."""
    held = tables(settings)
    with reader_connection(settings) as connection:
        catalogue = connection.table("intermediate.int_pair_item_categories").df()
        segments = connection.table("intermediate.int_user_segments").df()
    pairs = held["features.user_item_features"]
    events = known_events(pairs, held["marts.fct_interactions"], now)
    assert_counted(pairs, counted(events, PAIR))
    # The scenario is not empty: each kind of event left a window, too.
    for name in ("orders", "views", "clicks", "adds", "spend"):
        assert pairs[f"{name}_28d"].sum() < pairs[f"{name}_91d"].sum(), name

    for group in ("category", "brand"):
        keys = ["as_of_date", "user_id", group]
        placed = events.merge(catalogue[["as_of_date", "item_id", group]].dropna())
        lines = counted(placed, keys)
        lines.columns = lines.columns.str.replace("orders", "order_lines")
        mart = held[f"features.user_{group}_features"]
        assert_counted(mart, lines.join(different(placed, keys, "items")))

    keys = ["as_of_date", "item_id", "segment"]
    placed = events.merge(segments[["as_of_date", "user_id", "segment"]])
    bought = counted(placed, keys).filter(regex="^(orders|spend)_")
    mart = held["features.item_segment_features"]
    assert_counted(mart, bought.join(different(placed, keys, "users")))
    assert_counted(mart, purchase_gaps(placed, keys))
    assert mart["variance_days_between_purchases"].notna().any()


def moment(ceiling: int, now: str, *dates: str) -> BuildPlan:
    moments = tuple(datetime.fromisoformat(date) for date in dates)
    return BuildPlan("b", ceiling, datetime.fromisoformat(now), moments)


def counted_at(settings: Settings) -> set[datetime]:
    """Return to which moments of now the rows of pairs at now were counted."""
    with reader_connection(settings) as connection:
        rows = connection.table("intermediate.int_user_item_rows")
        of_now = rows.filter("known_until > as_of_date").project("counted_until").distinct()
        return {counted_until for (counted_until,) in of_now.fetchall()}


def test_a_login_that_comes_later_gives_the_past_from_then_on(tmp_path: Path) -> None:
    shop = Settings(home=tmp_path / "home")
    looked = [viewed("7", f"2017-02-01T10:0{n}:00", item) for n, item in enumerate("abc")]
    others = [viewed(who, "2017-02-02T10:00:00", "a") for who in ("8", "9")]
    deliver(shop, "first", looked + others)
    run(shop, moment(1, "2017-02-07T00:00", "2017-02-06"))
    before = tables(shop)
    login = said("2017-02-14T12:00:00", type="identify", anonymous_id="7", user_id="u")
    deliver(shop, "second", [login, viewed("7", "2017-02-15T10:00:00", "a")])
    second = moment(2, "2017-02-21T00:00", "2017-02-06", "2017-02-20")
    run(shop, second)
    after = tables(shop)
    assert_same(after, full_build(shop, second, tmp_path / "full"))
    history = after["marts.fct_interactions"].query("user_id == 'u'")
    known = {day: (history["known_at"] < day).sum() for day in ("2017-02-14", "2017-02-15")}
    assert known == {"2017-02-14": 0, "2017-02-15": 3}
    # As of before the login the visitor has what it had, and after it the user has it.
    for name in ("user_item", "user_category", "item_segment"):
        mart = f"features.{name}_features"
        then = [each[mart].query("as_of_date == '2017-02-06'") for each in (before, after)]
        pd.testing.assert_frame_equal(*(rows.reset_index(drop=True) for rows in then), obj=mart)
    pairs = after["features.user_item_features"]
    holders = pairs[pairs["user_id"].isin(["7", "u"])].groupby("as_of_date")["user_id"].unique()
    assert [list(names) for names in holders] == [["7"], ["u"], ["u"]]


def said(when: str, **message: object) -> dict[str, object]:
    stamps = {"timestamp": f"{when}Z", "received_at": f"{when}Z", "source": "test"}
    return {"message_id": f"{when}{message}", **message, **stamps}


def viewed(visitor: str, when: str, item: str) -> dict[str, object]:
    named = {"anonymous_id": visitor, "properties": {"product_id": item}}
    return said(when, type="track", event="Product Viewed", **named)


def deliver(settings: Settings, name: str, events: list[dict[str, object]]) -> None:
    with delivery(settings.landing) as folder:
        (folder / "events").mkdir()
        lines = "".join(json.dumps(event) + "\n" for event in events)
        (folder / "events" / f"{name}.jsonl").write_text(lines)
    load_raw(settings)


def test_changed_code_is_noticed(tmp_path: Path) -> None:
    model = tmp_path / "models" / "one.sql"
    model.parent.mkdir()
    model.write_text("select 1")
    before = project_fingerprint(tmp_path)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "one.sql").write_text("select 1")
    assert project_fingerprint(tmp_path) == before
    model.write_text("select 2")
    assert project_fingerprint(tmp_path) != before
