"""Both borders against a real DuckDB and real Great Expectations: each planted fault is named."""

import json
import sys
from pathlib import Path

import pytest

from aisle.cli.main import main
from aisle.core.builds import BuildPlan, build_folder, write_plan
from aisle.core.files import write_json
from aisle.core.settings import Settings
from expectations.results import Outcome
from expectations.run import check
from tests.integration.checked_shop import NOW, execute, new_event, sound_shop, stop_message


@pytest.fixture
def shop(settings: Settings) -> Settings:
    return sound_shop(settings)


def is_marked_passed(settings: Settings, border: str) -> bool:
    record = json.loads((build_folder(settings, "b1") / "checks" / f"{border}.json").read_text())
    return bool(record["passed"])


@pytest.mark.parametrize("border", ["raw", "marts"])
def test_a_sound_shop_passes_and_leaves_its_record(shop: Settings, border: str) -> None:
    result = check(shop, border, "b1")
    assert {rule.outcome for rule in result.results} == {Outcome.PASSED}
    assert is_marked_passed(shop, border)
    assert f"<h2>{border}:" in Path(result.data_docs).read_text()


PRODUCT = "(item_id, title, _batch_id, _loaded_at, _source_file)"
# Each fault with what the message says of it; all are planted before one check.
RAW_FAULTS = [
    (
        new_event("nobody", user_id="null"),
        "FAILED raw.events: every 'Order Completed' has a user_id or an anonymous_id\n"
        "    not so in 1 of 605 rows (0.1653%)\n"
        "    for example message_id='nobody', event='Order Completed', "
        "timestamp='2017-11-02 16:48:00'\n"
        "    next: take them out with `aisle set-aside",
    ),
    (
        new_event("m11"),
        "FAILED raw.events: message_id is unique\n    not so in 2 of 605 rows (0.3306%)\n"
        "    for example message_id='m11', event='Order Completed'",
    ),
    (
        new_event("timeless", timestamp="null"),
        "FAILED raw.events: timestamp is never null\n    not so in 1 of 605 rows (0.1653%)\n"
        "    for example message_id='timeless', event='Order Completed', timestamp=None",
    ),
    (
        new_event("tomorrow", timestamp="timestamp '2018-01-01 20:00'", received_at="null"),
        "FAILED raw.events: no timestamp lies more than an hour after the build's now\n"
        "    not so in 1 of 605 rows (0.1653%)\n    for example message_id='tomorrow'",
    ),
    (
        new_event("early", received_at="timestamp '2017-01-01'"),
        "FAILED raw.events: no timestamp lies more than an hour after its delivery\n"
        "    not so in 1 of 605 rows (0.1653%)\n    for example message_id='early'",
    ),
    (
        "update raw.events set type = 'purchase' where message_id = 'm12'",
        "FAILED raw.events: type is one of track, page, screen, identify, group, alias\n"
        "    not so in 1 of 605 rows (0.1653%)\n"
        "    for example message_id='m12', event='Order Completed', "
        "timestamp='2017-11-03 04:48:00', type='purchase'",
    ),
    (
        "update raw.events set properties = replace(properties::varchar, '2.5', '-2.5') "
        "where message_id between 'm101' and 'm107'",
        "FAILED raw.events (item lines): at most 1% of the lines have a negative price\n"
        "    not so in 7 of 604 lines (1.159%)\n"
        "    for example message_id='m101', event='Order Completed', product_id='p1', "
        "quantity='1.0', price='-2.5'",
    ),
    (
        "update raw.events set properties = replace(properties::varchar, 'p1', 'p9') "
        "where message_id between 'm201' and 'm207'",
        "FAILED raw.events (item lines): at most 1% of the lines name an item that is not in the "
        "catalogue\n    not so in 7 of 604 lines (1.159%)\n"
        "    for example message_id='m201', event='Order Completed', product_id='p9'",
    ),
    (
        f"insert into raw.products {PRODUCT} values (null, 'Nameless', 1, now()::timestamp, 'f')",
        "FAILED raw.products: item_id is never null\n    not so in 1 of 2 rows (50%)\n"
        "    for example item_id=None, title='Nameless'",
    ),
    (
        "update raw.batches set rows_seen = 661, rows_quarantined = 60; "
        "insert into raw.quarantine (batch_id, kind, source_file, line_number, reason, original, "
        "quarantined_at) select 1, 'events', 'events.jsonl', i, "
        "'timestamp cannot be read: 31/12/17', '{\"timestamp\": \"31/12/17\"}', "
        "timestamp '2018-01-02' from range(1, 61) as t(i)",
        "FAILED raw.batches: at most 5% of the newest batch could not be read and were "
        "quarantined\n    not so in 1 of 1 batches of the last week (100%)\n"
        "    for example batch_id='1', rows_seen='661', rows_quarantined='60', "
        "commonest_reason='timestamp cannot be read', original='{\"timestamp\": \"31/12/17\"}'\n"
        "    next: `aisle quarantine` lists them",
    ),
]

MARTS_FAULTS = [
    (
        "update marts.fct_interactions set user_id = 'ghost' where order_id = 'o1'",
        "marts.fct_interactions: every user_id is in dim_users\n"
        "    not so in 1 of 601 interactions (0.1664%)\n"
        "    for example event='Order Completed', order_id='o1', user_id='ghost'",
    ),
    (
        "update marts.fct_interactions set item_id = 'lost' where order_id = 'o2'",
        "marts.fct_interactions: every item_id is in dim_items\n"
        "    not so in 1 of 601 interactions (0.1664%)\n"
        "    for example event='Order Completed', order_id='o2', user_id='u2', item_id='lost'",
    ),
    (
        "insert into marts.fct_interactions "
        "select * from marts.fct_interactions where order_id = 'o3'",
        "event and order_id and item_id together are unique\n    not so in 2 of 601 interactions",
    ),
    (
        "update marts.fct_interactions set value = -1 where order_id = 'o4'",
        "no value is negative\n    not so in 1 of 601 interactions",
    ),
    (
        "update marts.fct_interactions set interacted_at = '2018-01-01 04:00:01' "
        "where order_id = 'o5'",
        "no interacted_at lies after the build's now\n    not so in 1 of 601 interactions",
    ),
    (
        "update marts.fct_interactions set event = 'Order Cancelled' where order_id = 'o6'",
        "event is an item event of the Segment e-commerce spec\n"
        "    not so in 1 of 601 interactions (0.1664%)\n"
        "    for example event='Order Cancelled', order_id='o6'",
    ),
    (
        "insert into marts.dim_users select * from marts.dim_users where user_id = 'u1'",
        "marts.dim_users: user_id is unique\n    not so in 2 of 4 rows (50%)\n"
        "    for example user_id='u1'; user_id='u1'",
    ),
    (
        "insert into marts.dim_identities select * replace (timestamp '2017-11-01' as valid_from) "
        "from marts.dim_identities where user_id = 'u2'",
        "marts.dim_identities: no id means two users at one moment\n"
        "    not so in 2 of 5 rows (40%)\n    for example id_kind='anonymous', id='tablet'",
    ),
    (
        "insert into marts.dim_identities select * replace ('u1' as id, 'u2' as user_id) "
        "from marts.dim_identities where id_kind = 'user'",
        "marts.dim_identities: every user_id is the last name of its user\n"
        "    not so in 2 of 5 rows (40%)",
    ),
    (
        "update marts.dim_visitors set user_id = 'gone'",
        "marts.dim_visitors: every user_id is in dim_users\n    not so in 1 of 1 rows (100%)\n"
        "    for example anonymous_id='tablet'",
    ),
    (
        "update marts.dim_items set title = '' where item_id = 'p1'",
        "marts.dim_items: every item has a title\n    not so in 1 of 5 rows (20%)\n"
        "    for example item_id='p1', title=''",
    ),
    (
        "update marts.fct_orders set user_id = null where order_id = 'o6'",
        "marts.fct_orders: user_id is never null\n    not so in 1 of 600 rows (0.1667%)\n"
        "    for example order_id='o6', user_id=None",
    ),
    (
        "update marts.fct_orders set refunded_value = 2.6 where order_id = 'o7'",
        "marts.fct_orders: no order gave back more than it took\n"
        "    not so in 1 of 600 rows (0.1667%)\n    for example order_id='o7'",
    ),
    (
        "update marts.fct_sessions set orders = 0 where session_id = 'so8'",
        "marts.fct_sessions: a session is converted when it has orders, and then it is not bounced"
        "\n    not so in 1 of 600 rows (0.1667%)\n    for example session_id='so8'",
    ),
    (
        "insert into marts.fct_exposures "
        "select * from marts.fct_exposures where message_id = 'lo9'",
        "marts.fct_exposures: message_id and position together are unique\n"
        "    not so in 2 of 601 rows",
    ),
    (
        "update marts.fct_exposures set clicked_at = '2017-01-01' where message_id = 'lo10'",
        "marts.fct_exposures: no outcome comes before its exposure\n    not so in 1 of 601 rows",
    ),
    (
        "delete from features.user_features where user_id = 'u1' "
        "and as_of_date = timestamp '2018-01-01 04:00'",
        "features.user_features (today): every user with an event in the last 364 days has a "
        "row of today\n    not so in 2 of 4 users (50%)\n"
        "    for example user_id='ghost', as_of_date=None",
    ),
    (
        "update features.user_features set orders_28d = 21 where user_id = 'u2' "
        "and as_of_date = timestamp '2018-01-01 04:00'",
        "features.user_features (today): longer windows hold at least as many orders as shorter "
        "ones\n    not so in 1 of 4 users (25%)\n    for example user_id='u2'",
    ),
    (
        "update features.item_features set rebuy_rate = 1.5 where item_id = 'p1'",
        "features.item_features (today): rebuy_rate lies between 0 and 1\n"
        "    not so in 1 of 6 items (16.67%)\n"
        "    for example item_id='p1', as_of_date='2018-01-01 04:00:00', rebuy_rate='1.5'",
    ),
    (
        "insert into features.item_features select * replace (timestamp '2018-01-08' "
        "as as_of_date) from features.item_features where as_of_date = timestamp '2018-01-01'",
        "features.item_features (weekly grid): no row lies after the build's now\n"
        "    not so in 1 of 4 dates (25%)\n"
        "    for example as_of_date='2018-01-08 00:00:00', rows_of_date='5', first_key='p0'",
    ),
    (
        "insert into features.user_features select * from features.user_features "
        "where as_of_date = timestamp '2017-12-25'",
        "features.user_features (weekly grid): users have one row a date\n"
        "    not so in 1 of 3 dates (33.33%)\n    for example as_of_date='2017-12-25 00:00:00'",
    ),
    (
        "update features.user_item_features set spend_7d = 0.5 "
        "where user_id = 'u1' and as_of_date = timestamp '2017-12-25'",
        "features.user_item_features: longer windows hold at least as much, and arrays are "
        "equally long\n    not so in 1 of 2 dates (50%)\n"
        "    for example as_of_date='2017-12-25 00:00:00'",
    ),
    (
        "update features.user_category_features set clicks_91d = 0 "
        "where user_id = 'u1' and as_of_date = timestamp '2017-12-25'",
        "features.user_category_features: longer windows hold at least as much",
    ),
    (
        "update features.user_brand_features set items_hl28d = 0.5 "
        "where user_id = 'u1' and as_of_date = timestamp '2017-12-25'",
        "features.user_brand_features: longer windows hold at least as much",
    ),
    (
        "update features.item_segment_features set mean_days_between_purchases = -1 "
        "where item_id = 'p1' and as_of_date = timestamp '2017-12-25'",
        "features.item_segment_features: no feature is negative\n    not so in 1 of 2 dates (50%)",
    ),
    (
        "insert into features.item_versions select * replace (timestamp '2018-01-02' as "
        "valid_from) from features.item_versions where item_id = 'p1' and price = 2.5",
        "features.item_versions: no version begins after the build's now\n"
        "    not so in 1 of 11 versions (9.091%)\n"
        "    for example item_id='p1', valid_from='2018-01-02 00:00:00'",
    ),
    (
        "update features.item_versions set category = 'tea' "
        "where item_id = 'p2' and valid_from = timestamp '2017-12-01'",
        "features.item_versions: the newest version is what dim_items says\n"
        "    not so in 1 of 11 versions (9.091%)\n    for example item_id='p2'",
    ),
    (
        "update features.item_versions set price = -1 where item_id = 'p3' and price = 2.0",
        "features.item_versions: no price is negative\n    not so in 1 of 11 versions",
    ),
    (
        "update features.item_versions set is_available = null where item_id = 'p4' "
        "and valid_from = timestamp '1970-01-01'",
        "features.item_versions: every version says whether the item was on sale, and whether it "
        "was listed\n    not so in 1 of 11 versions",
    ),
    (
        "delete from features.user_versions where user_id = 'u0'",
        "features.user_versions: every user_id of dim_users has a version\n"
        "    not so in 1 of 5 versions (20%)\n    for example user_id='u0', valid_from=None",
    ),
    (
        "update features.user_versions set consent_personalization = false where user_id = 'u2'",
        "features.user_versions: the newest version says of consent what dim_users says\n"
        "    not so in 1 of 5 versions (20%)\n    for example user_id='u2'",
    ),
    (
        "insert into features.user_versions select * from features.user_versions "
        "where user_id = 'u1'",
        "features.user_versions: user_id and valid_from together are unique\n"
        "    not so in 2 of 5 versions (40%)\n    for example user_id='u1'",
    ),
    (
        "insert into features.user_versions select * replace ('lost' as user_id) "
        "from features.user_versions where user_id = 'u2'",
        "features.user_versions: every user_id is in dim_users\n"
        "    not so in 1 of 5 versions (20%)\n    for example user_id='lost'",
    ),
]
# What some of these faults bring about besides: a nameless user is unknown as well, and the lost
# item and the unnamed one have no row of today, nor has the unknown user.
# An exposure that is there twice has its outcomes twice.
ALSO_FAILED = (
    "fct_orders: every user_id is in dim_users",
    "every item with an event in the last 182 days",
    "no outcome counts for two exposures",
    "user_item_features: whoever was active has a row",
    "item_segment_features: whoever was active has a row",
    "user_profiles: whoever was active has a row",
    "user_sequences: whoever was active has a row",
)


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
    assert all(said in marts_message for said in ALSO_FAILED)
    assert marts_message.count("FAILED") == len(MARTS_FAULTS) + len(ALSO_FAILED)
    assert "BROKEN" not in raw_message + marts_message
    assert not is_marked_passed(faulty_shop, "raw")
    assert not is_marked_passed(faulty_shop, "marts")


def test_a_missing_table_or_column_is_named_and_its_rows_are_not_read(shop: Settings) -> None:
    execute(shop, "alter table raw.events drop column user_id", "drop table raw.customers")
    message = stop_message(shop, "raw")
    assert "raw (required columns): every required column exists" in message
    assert "table_name='raw.events', column_name='user_id'" in message
    assert "table_name='raw.customers', column_name='*'" in message
    assert "next: a column of raw.* is missing when" in message
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
        new_event("a visitor", user_id="null", anonymous_id="'session 1'"),
        new_event("nobody looks", user_id="null", event="'Product List Viewed'"),
        new_event("after the ceiling", user_id="null", _batch_id="2"),
        f"insert into raw.products {PRODUCT} values ('p1', 'Whole milk', 1, '2018-01-02', 'f')",
        "update raw.batches set rows_seen = 603, rows_quarantined = 2",
    )
    result = check(shop, "raw", "b1")
    assert {(rule.table, rule.rule) for rule in result.having(Outcome.WARNED)} == {
        ("raw.events (item lines)", "price is above zero in every order"),
        ("raw.products", "item_id and _batch_id together are unique"),
        ("raw.batches", "no row had to be quarantined"),
    }


def test_only_the_newest_batch_can_stop_a_build_for_what_could_not_be_read(shop: Settings) -> None:
    execute(
        shop,
        "update raw.batches set rows_quarantined = 300",
        "insert into raw.batches values (2, timestamp '2018-01-03', 1, 300, 300, 0, 0)",
    )
    write_plan(shop, BuildPlan("b1", 2, NOW))
    result = check(shop, "raw", "b1")
    assert [rule.rule for rule in result.having(Outcome.WARNED)] == ["no row had to be quarantined"]


def deliver_lines(shop: Settings, unknown: int, known: int) -> None:
    """Publish the first batch and deliver a second one, with items in and out of the catalogue."""
    write_json(shop.published / "b0" / "manifest.json", {"max_batch_id": 1})
    shop.current_marts.symlink_to("b0")
    write_plan(shop, BuildPlan("b1", 2, NOW))
    execute(
        shop,
        *[
            "insert into raw.events select events.* replace "
            f"('{kind}' || i as message_id, 2 as _batch_id, "
            f"replace(properties::varchar, 'p1', '{kind}')::json as properties) "
            f"from raw.events cross join range({count}) as t(i) where message_id = 'm7'"
            for kind, count in (("lost", unknown), ("p1", known))
        ],
    )


def test_a_bad_delivery_is_not_hidden_by_all_the_good_ones_before(shop: Settings) -> None:
    # A history so long that the new lines are less than 1% of it.
    execute(
        shop,
        "insert into raw.events select events.* replace ('h' || i || message_id as "
        "message_id) from raw.events cross join range(2) as t(i)",
    )
    deliver_lines(shop, unknown=12, known=28)
    message = stop_message(shop, "raw")
    assert (
        "FAILED raw.events (new item lines): at most 1% of the lines delivered since the last "
        "publication name an item that is not in the catalogue\n"
        "    not so in 12 of 40 lines (30%)\n    for example message_id='lost0'"
    ) in message
    assert message.count("FAILED") == 1


def test_a_few_bad_lines_of_a_small_delivery_are_let_through(shop: Settings) -> None:
    deliver_lines(shop, unknown=5, known=5)
    result = check(shop, "raw", "b1")
    assert result.passed
    assert not result.having(Outcome.SKIPPED)


def test_without_a_new_delivery_only_history_is_judged(shop: Settings) -> None:
    deliver_lines(shop, unknown=0, known=0)
    result = check(shop, "raw", "b1")
    assert {rule.table for rule in result.having(Outcome.SKIPPED)} == {
        "raw.events (new item lines)"
    }


SMALL_SHOP = (
    "delete from raw.events where substr(message_id, 2)::int <= 400",
    "delete from raw.products",
    "update raw.events set user_id = null, anonymous_id = user_id, event = 'Product Viewed', "
    'properties = \'{"product_id": "p7"}\'',
    "delete from marts.fct_interactions where substr(order_id, 2)::int <= 550",
    "update marts.fct_interactions set event = 'Product Viewed'",
    "delete from marts.fct_orders",
    "delete from marts.fct_sessions",
    "delete from marts.fct_exposures",
    "delete from features.user_features "
    "where user_id not in (select user_id from marts.fct_interactions)",
    "delete from features.item_features "
    "where item_id not in (select item_id from marts.fct_interactions)",
)


def test_a_small_shop_of_visitors_without_catalogue_and_orders_goes_through(
    shop: Settings,
) -> None:
    execute(shop, *SMALL_SHOP)
    raw, marts = check(shop, "raw", "b1"), check(shop, "marts", "b1")
    assert [rule.rule for rule in raw.having(Outcome.WARNED)] == ["there is a catalogue"]
    assert {rule.table for rule in raw.having(Outcome.SKIPPED)} == {"raw.events (volume)"}
    assert [rule.rule for rule in marts.having(Outcome.WARNED)] == [
        "there is at least one order",
        "there are at least 100 interactions",
    ]
    assert {rule.reason for rule in marts.having(Outcome.SKIPPED)} == {
        "there are no sessions: nobody was seen visiting",
        "there are no exposures: no list of items that was viewed has been delivered",
    }


def test_other_attributes_of_a_user_s_newest_version_are_a_warning(shop: Settings) -> None:
    execute(shop, "update features.user_versions set attributes = '{}' where user_id = 'u1'")
    result = check(shop, "marts", "b1")
    assert [rule.table for rule in result.having(Outcome.WARNED)] == ["features.user_versions"]


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
    verdict = build_folder(settings, "sound") / "checks" / "marts.json"
    before = verdict.read_bytes()
    execute(
        settings,
        "insert into raw.events select * replace ('planted' as message_id, null as user_id) "
        "from raw.events limit 1",
        "insert into raw.events select * from raw.events order by message_id limit 1",
    )
    capsys.readouterr()

    assert run_build("faulty") == [0, 1]

    message = capsys.readouterr().err
    assert "FAILED raw.events: every 'Order Completed' has a user_id" in message
    assert "message_id='planted'" in message
    assert "FAILED raw.events: message_id is unique" in message
    assert "not so in 2 of" in message
    assert settings.current_marts.resolve() == published
    assert "Traceback" not in message
    assert aisle(monkeypatch, "publish", "--build", "faulty") == 1
    assert settings.current_marts.resolve() == published

    # The night finds the same in raw, and the marts and files of the sound build in order.
    assert aisle(monkeypatch, "check", "all", "--build", "sound") == 1
    assert verdict.read_bytes() == before
    record = json.loads((settings.data_docs / "history" / "sound.json").read_text())
    failing = {
        border["border"]: [
            rule["rule"] for rule in border["results"] if rule["outcome"] == "failed"
        ]
        for border in record["borders"]
    }
    assert failing == {
        "raw": [
            "message_id is unique",
            "every 'Order Completed' has a user_id or an anonymous_id",
        ],
        "marts": [],
        "published": [],
    }
