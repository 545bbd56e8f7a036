"""Unmodified tracking clients send a visit to a real collector: each event is kept once, whole."""

from collections.abc import Callable

import pytest

from aisle.core.settings import Settings
from tests.integration.collector_process import SOURCE, Collector
from tests.integration.difficult_way import TROUBLES, difficult_way
from tests.integration.shopping_session import (
    as_kept,
    as_message,
    assert_script_was_kept,
    by_id,
    scripted_session,
    stored_rows,
)
from tests.integration.tracking_clients import SegmentLike, rudderstack, segment

Client = Callable[[str], SegmentLike]

pytestmark = pytest.mark.parametrize("client", [segment, rudderstack])


def test_each_event_of_a_visit_is_stored_once_in_order_and_whole(
    client: Client, collector: Collector, settings: Settings
) -> None:
    script = scripted_session()
    shop = client(collector.url)
    sent = shop.send(script)
    shop.flush()
    shop.close()
    collector.stop()

    rows = stored_rows(settings)
    assert [as_message(row) for row in rows] == [as_kept(message) for message in sent]
    assert_script_was_kept(rows, script)
    assert {row["source"] for row in rows} == {SOURCE}


def test_a_collector_killed_in_the_middle_gets_each_event_once_in_order(
    client: Client, collector: Collector, settings: Settings
) -> None:
    script = scripted_session()
    shop = client(collector.url)
    sent = shop.send(script[:6])
    shop.flush()
    collector.kill()
    sent += shop.send(script[6:])  # tried again until somebody answers
    collector.start()
    shop.flush()
    shop.close()
    collector.stop()

    rows = stored_rows(settings)
    assert [as_message(row) for row in rows] == [as_kept(message) for message in sent]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_is_sent_again_after_trouble_is_stored_once(
    client: Client, collector: Collector, settings: Settings, trouble: str
) -> None:
    with difficult_way(collector.url, TROUBLES[trouble]) as address:
        shop = client(address)
        sent = shop.send(scripted_session())
        shop.flush()
        shop.close()
    collector.stop()

    assert by_id(map(as_message, stored_rows(settings))) == by_id(map(as_kept, sent))
