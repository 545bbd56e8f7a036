"""Mixpanel's unmodified library sends a visit to a real collector: each event once, whole."""

import pytest

from aisle.core.settings import Settings
from tests.integration.collector_process import SOURCE, Collector
from tests.integration.difficult_way import TROUBLES, difficult_way
from tests.integration.mixpanel_client import MixpanelShop, as_mixpanel_can_say
from tests.integration.shopping_session import (
    Message,
    assert_script_was_kept,
    scripted_session,
    stored_rows,
)


def test_each_event_of_a_visit_is_stored_once_in_order_and_whole(
    collector: Collector, settings: Settings
) -> None:
    script = as_mixpanel_can_say(scripted_session())
    shop = MixpanelShop(collector.url)
    sent = shop.send(script)
    shop.flush()
    collector.stop()

    rows = stored_rows(settings)
    assert_script_was_kept(rows, script)
    assert_ids_were_kept(rows, sent)
    assert {row["source"] for row in rows} == {SOURCE}


def test_a_collector_killed_in_the_middle_gets_each_event_once_in_order(
    collector: Collector, settings: Settings
) -> None:
    script = as_mixpanel_can_say(scripted_session())
    shop = MixpanelShop(collector.url)
    shop.send(script[:4])
    shop.flush()
    collector.kill()
    shop.send(script[4:5])
    assert shop.is_refused()  # the library keeps what it could not send
    collector.start()
    shop.send(script[5:])
    shop.flush()
    collector.stop()

    assert_script_was_kept(stored_rows(settings), script)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_is_sent_again_after_trouble_is_stored_once_in_order(
    collector: Collector, settings: Settings, trouble: str
) -> None:
    script = as_mixpanel_can_say(scripted_session())
    with difficult_way(collector.url, TROUBLES[trouble]) as address:
        shop = MixpanelShop(address)
        shop.send(script[:3])
        for _ in TROUBLES[trouble]:
            assert shop.is_refused()
        shop.send(script[3:])
        shop.flush()
    collector.stop()

    assert_script_was_kept(stored_rows(settings), script)


def assert_ids_were_kept(rows: list[Message], sent: list[Message]) -> None:
    """Check that Mixpanel's own id of an event is the message's: it is how both know it again."""
    ids = [message.get("properties", {}).get("$insert_id") for message in sent]
    pairs = zip(rows, ids, strict=True)
    assert [row["message_id"] for row, own in pairs if own] == [own for own in ids if own]
