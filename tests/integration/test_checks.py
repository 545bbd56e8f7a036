"""Both borders against a real DuckDB and real Great Expectations: each planted fault is named."""

import json
import sys
from datetime import datetime
from pathlib import Path

import pytest

from aisle.cli.main import main
from aisle.core.builds import BuildPlan, build_folder, write_plan
from aisle.core.errors import CheckFailed
from aisle.core.settings import REPOSITORY, Settings
from aisle.core.warehouse import writer_connection
from expectations.results import Outcome
from expectations.run import check

AS_OF = datetime(2018, 1, 1, 4)

RAW_SHOP = """
insert into raw.events
select
    'm' || i, 'track', 'Order Completed', 'u' || i % 3, null,
    timestamp '2017-12-01' + interval (i) hour, timestamp '2017-12-01' + interval (i) hour,
    '{"order_id": "o' || i || '", "products": [{"product_id": "p1", "quantity": 1, "price": 2.5}]}',
    '{}', '{}', 'test', 1, timestamp '2018-01-02', 'events.jsonl'
from range(200) as t(i);

insert into raw.products (item_id, title, _batch_id, _loaded_at, _source_file)
values ('p1', 'Milk', 1, timestamp '2018-01-02', 'products.jsonl');
"""

MARTS_SHOP = """
create schema marts;

create table marts.fct_interactions as
select
    'u' || i % 3 as user_id, 'p' || i % 5 as item_id, 'o' || i as order_id,
    timestamp '2017-12-01' + interval (i) hour as interacted_at,
    'Order Completed' as event, 1.0 as quantity, 2.5 as value, false as is_zero_value
from range(200) as t(i);

create table marts.fct_orders as
select
    order_id, user_id, interacted_at as ordered_at, 1::bigint as item_count,
    1.0 as quantity, 2.5 as revenue, 'test' as source
from marts.fct_interactions;

create table marts.dim_users as
select distinct
    user_id, null::varchar as attributes, true as consent_personalization,
    timestamp '2017-01-01' as known_at, 1::bigint as order_count
from marts.fct_interactions;

create table marts.dim_items as
select distinct
    item_id, 'Item ' || item_id as title, null::varchar as category, null::varchar as brand,
    true as is_in_catalogue, timestamp '2017-01-01' as known_at
from marts.fct_interactions;
"""


def execute(settings: Settings, *statements: str) -> None:
    with writer_connection(settings) as connection:
        for statement in statements:
            connection.execute(statement)


def sound_shop(settings: Settings) -> Settings:
    """Make a sound little shop at both borders, with a plan of build b1."""
    raw_schema = (REPOSITORY / "aisle" / "pipeline" / "raw_schema.sql").read_text()
    execute(settings, raw_schema, RAW_SHOP, MARTS_SHOP)
    write_plan(settings, BuildPlan("b1", 1, AS_OF))
    return settings


@pytest.fixture
def shop(settings: Settings) -> Settings:
    return sound_shop(settings)


def stop_message(settings: Settings, border: str) -> str:
    """Return what the check stops the build with."""
    with pytest.raises(CheckFailed) as stopped:
        check(settings, border, "b1")
    return str(stopped.value)


def is_marked_passed(settings: Settings, border: str) -> bool:
    record = json.loads((build_folder(settings, "b1") / "checks" / f"{border}.json").read_text())
    return bool(record["passed"])


@pytest.mark.parametrize("border", ["raw", "marts"])
def test_a_sound_shop_passes_and_leaves_its_record(shop: Settings, border: str) -> None:
    result = check(shop, border, "b1")
    assert {rule.outcome for rule in result.results} == {Outcome.PASSED}
    assert is_marked_passed(shop, border)
    assert "<html" in Path(result.data_docs).read_text()
    front_page = (shop.data_docs / "index.html").read_text()
    assert f'href="{Path(result.data_docs).relative_to(shop.data_docs)}"' in front_page


def new_event(message_id: str, **changes: str) -> str:
    values = {"message_id": f"'{message_id}'", **changes}
    replaced = ", ".join(f"{value} as {name}" for name, value in values.items())
    return (
        f"insert into raw.events select * replace ({replaced}) "
        "from raw.events where message_id = 'm7'"
    )


PRODUCT = "(item_id, title, _batch_id, _loaded_at, _source_file)"
# Each fault with what the message says of it; all are planted before one check.
RAW_FAULTS = [
    (
        new_event("nobody", user_id="null"),
        "raw.events: user_id is never null on 'Order Completed'\n"
        "    not so in 1 of 205 rows (0.4878%)\n"
        "    for example message_id='nobody', user_id=None",
    ),
    (
        new_event("m11"),
        "raw.events: message_id is unique\n"
        "    not so in 2 of 206 rows (0.9709%)\n"
        "    for example message_id='m11'; message_id='m11'",
    ),
    (
        new_event("timeless", timestamp="null"),
        "timestamp is never null\n    not so in 1 of 206 rows (0.4854%)\n"
        "    for example message_id='timeless', timestamp=None",
    ),
    (
        new_event("tomorrow", timestamp="timestamp '2018-01-02'", received_at="null"),
        "after the build's as_of\n    not so in 1 of 206 rows (0.4854%)\n"
        "    for example message_id='tomorrow'",
    ),
    (
        new_event("early", received_at="timestamp '2017-01-01'"),
        "after received_at\n    not so in 1 of 206 rows (0.4854%)\n"
        "    for example message_id='early'",
    ),
    (
        new_event("odd", type="'purchase'"),
        "type is one of track, page, screen, identify, group, alias\n"
        "    not so in 1 of 206 rows (0.4854%)\n"
        "    for example message_id='odd', type='purchase'",
    ),
    (
        "update raw.events set properties = replace(properties::varchar, '2.5', '-2.5') "
        "where message_id in ('m101', 'm102', 'm103')",
        "raw.events (order lines): at most 1% of the lines have a negative price\n"
        "    not so in 3 of 205 rows",
    ),
    (
        "update raw.events set properties = replace(properties::varchar, 'p1', 'p9') "
        "where message_id in ('m104', 'm105', 'm106')",
        "raw.events (order lines): at most 1% of the lines name an item that is not in the "
        "catalogue\n    not so in 3 of 205 rows",
    ),
    (
        f"insert into raw.products {PRODUCT} values (null, 'Nameless', 1, now()::timestamp, 'f')",
        "raw.products: item_id is never null\n    not so in 1 of 2 rows (50%)\n"
        "    for example item_id=None, title='Nameless'",
    ),
]

MARTS_FAULTS = [
    (
        "update marts.fct_interactions set user_id = 'ghost' where order_id = 'o1'",
        "marts.fct_interactions: every user_id is in dim_users\n"
        "    not so in 1 of 201 rows (0.4975%)\n"
        "    for example order_id='o1', user_id='ghost'",
    ),
    (
        "update marts.fct_interactions set item_id = 'lost' where order_id = 'o2'",
        "marts.fct_interactions: every item_id is in dim_items\n"
        "    not so in 1 of 201 rows (0.4975%)\n"
        "    for example order_id='o2', user_id='u2', item_id='lost'",
    ),
    (
        "insert into marts.fct_interactions "
        "select * from marts.fct_interactions where order_id = 'o3'",
        "order_id and item_id together are unique\n    not so in 2 of 201 rows",
    ),
    (
        "update marts.fct_interactions set value = -1 where order_id = 'o4'",
        "no value is negative\n    not so in 1 of 201 rows",
    ),
    (
        "update marts.fct_interactions set interacted_at = '2018-01-01 04:00:01' "
        "where order_id = 'o5'",
        "no interacted_at lies after the build's as_of\n    not so in 1 of 201 rows",
    ),
    (
        "insert into marts.dim_users select * from marts.dim_users where user_id = 'u1'",
        "marts.dim_users: user_id is unique\n    not so in 2 of 4 rows (50%)\n"
        "    for example user_id='u1'; user_id='u1'",
    ),
    (
        "update marts.dim_items set title = '' where item_id = 'p1'",
        "marts.dim_items: no title is empty\n    not so in 1 of 5 rows (20%)\n"
        "    for example item_id='p1', title=''",
    ),
    (
        "update marts.fct_orders set user_id = null where order_id = 'o6'",
        "marts.fct_orders: user_id is never null\n    not so in 1 of 200 rows (0.5%)\n"
        "    for example order_id='o6', user_id=None",
    ),
]


@pytest.fixture(scope="module")
def faulty_shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop with every fault of both lists."""
    shop = sound_shop(Settings(home=tmp_path_factory.mktemp("faulty") / "home"))
    execute(shop, *[fault for fault, _ in RAW_FAULTS + MARTS_FAULTS])
    return shop


@pytest.fixture(scope="module")
def raw_message(faulty_shop: Settings) -> str:
    return stop_message(faulty_shop, "raw")


@pytest.fixture(scope="module")
def marts_message(faulty_shop: Settings) -> str:
    return stop_message(faulty_shop, "marts")


@pytest.mark.parametrize(("fault", "said"), RAW_FAULTS)
def test_a_fault_in_raw_is_named_with_numbers_and_rows(
    raw_message: str, fault: str, said: str
) -> None:
    assert said in raw_message, fault


@pytest.mark.parametrize(("fault", "said"), MARTS_FAULTS)
def test_a_fault_in_the_marts_is_named_with_numbers_and_rows(
    marts_message: str, fault: str, said: str
) -> None:
    assert said in marts_message, fault


def test_no_more_rules_fail_than_faults_were_planted(
    faulty_shop: Settings, raw_message: str, marts_message: str
) -> None:
    assert raw_message.count("FAILED") == len(RAW_FAULTS)
    # The user without a name is unknown as well.
    assert marts_message.count("FAILED") == len(MARTS_FAULTS) + 1
    assert not is_marked_passed(faulty_shop, "raw")
    assert not is_marked_passed(faulty_shop, "marts")


def test_a_missing_table_or_column_is_named_and_its_rows_are_not_read(shop: Settings) -> None:
    execute(shop, "alter table raw.events drop column user_id", "drop table raw.customers")
    message = stop_message(shop, "raw")
    assert "raw (required columns): every required column exists" in message
    assert "table_name='raw.events', column_name='user_id'" in message
    assert "table_name='raw.customers', column_name='*'" in message
    assert "BROKEN" not in message


def test_an_empty_raw_table_stops_the_build(shop: Settings) -> None:
    execute(shop, "delete from raw.events")
    message = stop_message(shop, "raw")
    assert "raw.events: there is at least one event\n    found 0" in message
    assert message.count("FAILED") == 1


def test_oddities_in_raw_do_not_stop_the_build(shop: Settings) -> None:
    execute(
        shop,
        "update raw.events set properties = replace(properties::varchar, '2.5', '0') "
        "where message_id = 'm7'",
        new_event("anonymous", user_id="null", event="'Product Viewed'"),
        new_event("after the ceiling", user_id="null", _batch_id="2"),
        "delete from raw.products",  # a catalogue is optional
    )
    result = check(shop, "raw", "b1")
    assert {(rule.table, rule.rule) for rule in result.having(Outcome.WARNED)} == {
        ("raw.events (order lines)", "price is above zero"),
        ("raw.products", "there is a catalogue"),
    }


def test_a_check_that_cannot_be_evaluated_is_not_called_bad_data(shop: Settings) -> None:
    execute(
        shop,
        "create or replace table marts.fct_interactions as "
        "select * replace ('a lot' as value) from marts.fct_interactions",
    )
    message = stop_message(shop, "marts")
    assert "BROKEN CHECK marts.fct_interactions: no value is negative" in message
    assert "says nothing about the data" in message
    assert "critical rule" not in message


def test_too_many_interactions_without_value_are_a_warning(shop: Settings) -> None:
    execute(shop, "update marts.fct_interactions set is_zero_value = true where user_id = 'u1'")
    result = check(shop, "marts", "b1")
    assert [rule.table for rule in result.having(Outcome.WARNED)] == ["marts.fct_interactions"]


def aisle(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run one `aisle` command as its entry point does; return the exit code."""
    monkeypatch.setattr(sys, "argv", ["aisle", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_a_null_user_and_a_duplicated_message_stop_the_chain_before_publishing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = [("check", "raw"), ("transform",), ("check", "marts"), ("publish",)]

    def run_build(build_id: str) -> list[int]:
        codes = [aisle(monkeypatch, "fix-ceiling", "--build", build_id)]
        for step in steps:
            if codes[-1] == 0:
                codes.append(aisle(monkeypatch, *step, "--build", build_id))
        return codes

    assert aisle(monkeypatch, "sample", "--users", "20") == 0
    assert aisle(monkeypatch, "load-raw") == 0
    assert run_build("sound") == [0, 0, 0, 0, 0]
    published = settings.current_marts.resolve()
    execute(
        settings,
        "insert into raw.events select * replace ('planted' as message_id, null as user_id) "
        "from raw.events limit 1",
        "insert into raw.events select * from raw.events order by message_id limit 1",
    )
    capsys.readouterr()

    assert run_build("faulty") == [0, 1]

    message = capsys.readouterr().err
    assert "FAILED raw.events: user_id is never null on 'Order Completed'" in message
    assert "message_id='planted', user_id=None" in message
    assert "FAILED raw.events: message_id is unique" in message
    assert "not so in 2 of" in message
    assert settings.current_marts.resolve() == published
    assert "Traceback" not in message
    assert aisle(monkeypatch, "publish", "--build", "faulty") == 1
    assert settings.current_marts.resolve() == published
