"""Kill -9 of a busy collector: no acknowledged event is lost, none is there twice."""

import random
import time

from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.load_raw import load_raw
from tests.integration.collector_ledger import Ledger, Senders
from tests.integration.collector_process import running_collector

KILLS = 20
LONGEST_LIFE_SECONDS = 1.0


def test_kills_under_load_lose_no_acknowledged_event_and_double_none(settings: Settings) -> None:
    ledger, random_times = Ledger(), random.Random(7)
    with running_collector(settings.root) as collector, Senders(collector.url, ledger):
        for number in range(KILLS):
            _await_acknowledgements(ledger)
            time.sleep(random_times.uniform(0, LONGEST_LIFE_SECONDS))
            collector.kill()
            if number % 5 == 4:
                load_raw(settings)  # as the timetable does, also while the collector is down
            collector.start()
        _await_acknowledgements(ledger)
        load_raw(settings)  # beside a collector that writes
    load_raw(settings)
    load_raw(settings)

    assert set(ledger.answers) == {200}
    with reader_connection(settings) as warehouse:
        loaded = [row[0] for row in warehouse.table("raw.events").project("message_id").fetchall()]
        assert warehouse.table("raw.quarantine").shape[0] == 0
    assert len(loaded) == len(set(loaded))
    assert not ledger.acknowledged - set(loaded)
    assert not set(loaded) - ledger.sent


def _await_acknowledgements(ledger: Ledger) -> None:
    """Wait until the collector that runs now has acknowledged something."""
    before, deadline = len(ledger.acknowledged), time.monotonic() + 30
    while len(ledger.acknowledged) == before:
        assert time.monotonic() < deadline, f"nothing was acknowledged: {ledger.answers}"
        time.sleep(0.01)


def test_a_collector_asked_to_end_lands_what_it_holds(settings: Settings) -> None:
    ledger = Ledger()
    with running_collector(settings.root) as collector:
        with Senders(collector.url, ledger):
            _await_acknowledgements(ledger)
            collector.stop()
        assert not list(settings.landing.rglob("*.open"))
    load_raw(settings)
    with reader_connection(settings) as warehouse:
        loaded = {row[0] for row in warehouse.table("raw.events").project("message_id").fetchall()}
    assert ledger.acknowledged <= loaded
