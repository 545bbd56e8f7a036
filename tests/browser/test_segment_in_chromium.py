"""Segment's library in a real page sends a visit to a real collector: each event once, whole."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from aisle.core.settings import Settings
from tests.browser.shop_site import shop_site
from tests.browser.wire import Wire
from tests.integration.collector_process import WRITE_KEY, Collector
from tests.integration.difficult_way import TROUBLES, difficult_way
from tests.integration.shopping_session import (
    LOOPBACK,
    Message,
    as_kept,
    as_message,
    assert_script_was_kept,
    scripted_session,
    stored_rows,
)

SCRIPT = Path(__file__).with_name("shop_page.mjs")
VISITOR = "visitor-7f3a"
BATCHES = {"strategy": "batching", "config": {"size": 5, "timeout": 500}}


@pytest.fixture(scope="module")
def shop_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with shop_site(SCRIPT.read_text(encoding="utf-8"), tmp_path_factory.mktemp("shop")) as address:
        yield address


@pytest.mark.parametrize("strategy", [None, BATCHES], ids=["one by one", "batches"])
def test_each_event_of_a_visit_is_stored_once_in_order_and_whole(
    page: Page, shop_address: str, collector: Collector, settings: Settings, strategy: Any
) -> None:
    script = scripted_session()
    wire = open_shop(page, shop_address, collector.url, strategy)
    visit(page, script)
    wire.wait_until_acknowledged(len(script))
    collector.stop()

    rows = stored_rows(settings)
    assert [as_message(row) for row in rows] == [
        as_kept(first, LOOPBACK) for first, *_ in wire.attempts.values()
    ]
    assert_script_was_kept(rows, in_a_browser(script))


def test_a_collector_killed_in_the_middle_gets_each_event_once(
    page: Page, shop_address: str, collector: Collector, settings: Settings
) -> None:
    script = scripted_session()
    wire = open_shop(page, shop_address, collector.url)
    visit(page, script[:6])
    wire.wait_until_acknowledged(6)
    collector.kill()
    visit(page, script[6:])  # the library keeps them and tries again
    collector.start()
    wire.wait_until_acknowledged(len(script))
    collector.stop()

    assert_stored_once(stored_rows(settings), wire)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_is_sent_again_after_trouble_is_stored_once(
    page: Page, shop_address: str, collector: Collector, settings: Settings, trouble: str
) -> None:
    script = scripted_session()
    with difficult_way(collector.url, TROUBLES[trouble]) as way:
        wire = open_shop(page, shop_address, way)
        visit(page, script)
        wire.wait_until_acknowledged(len(script))
    collector.stop()

    assert max(map(len, wire.attempts.values())) > 1
    assert_stored_once(stored_rows(settings), wire)


def assert_stored_once(rows: list[Message], wire: Wire) -> None:
    """Check that each message is stored once, as it was sent at one of the attempts."""
    stored = {row["message_id"]: as_message(row) for row in rows}
    assert len(stored) == len(rows)
    assert stored.keys() == wire.attempts.keys()
    for message_id, attempts in wire.attempts.items():
        assert stored[message_id] in [as_kept(attempt, LOOPBACK) for attempt in attempts]


def open_shop(page: Page, address: str, collector: str, strategy: Any = None) -> Wire:
    """Visit the shop, whose page then talks to the collector at that address."""
    wire = Wire(page)
    page.goto(address)
    page.evaluate(
        "async ([url, key, visitor, strategy]) => { await openShop(url, key, visitor, strategy) }",
        [collector, WRITE_KEY, VISITOR, strategy],
    )
    return wire


def visit(page: Page, calls: list[Message]) -> None:
    """Let the page make the calls, one after the other."""
    page.evaluate("calls => visit(calls)", json.loads(json.dumps(calls, default=str)))


def in_a_browser(script: list[Message]) -> list[Message]:
    """Return the script with the ids that the library remembers and adds by itself."""
    named = next(number for number, call in enumerate(script) if call["call"] == "identify")
    user = script[named]["userId"]
    return [
        {**call, "anonymousId": VISITOR, **({"userId": user} if number >= named else {})}
        for number, call in enumerate(script)
    ]
