"""Segment's library for Node sends a visit to a real collector: each event is kept once, whole."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aisle.core.settings import Settings
from tests.integration.collector_process import WRITE_KEY, Collector
from tests.integration.difficult_way import TROUBLES, difficult_way
from tests.integration.shopping_session import (
    Message,
    as_kept,
    as_message,
    assert_script_was_kept,
    by_id,
    scripted_session,
    stored_rows,
)

SENDER = Path(__file__).with_name("send_from_node.mjs")


class NodeShop:
    """A shop's server in Node that makes the calls it is told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def make(self, calls: list[Message]) -> None:
        """Let it make the calls; it goes on by itself."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(calls, default=written) + "\n")
        self._process.stdin.flush()

    def sent(self) -> list[Message]:
        """Wait until all of them have been acknowledged; return what went out."""
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        assert answer["errors"] == []
        return list(answer["sent"])


@contextmanager
def node_shop(host: str) -> Iterator[NodeShop]:
    process = subprocess.Popen(
        ["node", SENDER, host, WRITE_KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=SENDER.parent,
    )
    try:
        yield NodeShop(process)
    finally:
        process.kill()
        process.communicate()


def test_each_event_of_a_visit_is_stored_once_in_order_and_whole(
    collector: Collector, settings: Settings
) -> None:
    script = scripted_session()
    with node_shop(collector.url) as shop:
        shop.make(script)
        sent = shop.sent()
    collector.stop()

    rows = stored_rows(settings)
    assert [as_message(row) for row in rows] == [as_kept(message) for message in sent]
    assert_script_was_kept(rows, script)


def test_a_collector_killed_in_the_middle_gets_each_event_once(
    collector: Collector, settings: Settings
) -> None:
    script = scripted_session()
    with node_shop(collector.url) as shop:
        shop.make(script[:6])
        sent = shop.sent()
        collector.kill()
        shop.make(script[6:])  # tried again until somebody answers
        collector.start()
        sent += shop.sent()
    collector.stop()

    assert by_id(map(as_message, stored_rows(settings))) == by_id(map(as_kept, sent))


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_is_sent_again_after_trouble_is_stored_once(
    collector: Collector, settings: Settings, trouble: str
) -> None:
    way = difficult_way(collector.url, TROUBLES[trouble])
    with way as address, node_shop(address) as shop:
        shop.make(scripted_session())
        sent = shop.sent()
    collector.stop()

    assert by_id(map(as_message, stored_rows(settings))) == by_id(map(as_kept, sent))


def written(moment: object) -> str:
    return moment.isoformat()  # type: ignore[attr-defined, no-any-return]
