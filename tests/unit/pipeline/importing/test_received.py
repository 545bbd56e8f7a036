"""Which of two imports is the newer one, and what an import does not take for news."""

from typing import Any

import pytest

from aisle.core.warehouse import reader_connection
from aisle.pipeline.load_raw import load_raw

ORDER = "user_id,item_id,timestamp,order_id,price\nu1,a,2026-01-02,o1,{price}\n"


def test_of_two_imports_before_one_load_the_later_is_received_later(shop: Any) -> None:
    for price in (1, 2):  # both orders of the names that their content gives the deliveries
        shop.imports(events=ORDER.format(price=price))
        shop.imports(events=ORDER.format(price=price + 2))
    load_raw(shop.settings)
    with reader_connection(shop.settings) as connection:
        found = connection.sql("from raw.events order by received_at").project(
            "properties -> 'products' -> 0 ->> 'price', received_at < _loaded_at"
        )
        assert found.fetchall() == [(price, True) for price in "1324"]


def test_the_same_files_keep_when_they_were_received(shop: Any) -> None:
    shop.imports(events=ORDER.format(price=1))
    (first,) = shop.landed("events")
    shop.imports(events=ORDER.format(price=2))
    shop.imports(events=ORDER.format(price=1))
    assert [event for event in shop.landed("events") if event == first] == [first]


def test_the_time_of_receipt_names_no_message(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    named = []
    for time in ("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"):
        monkeypatch.setattr(
            "aisle.pipeline.importing.import_shop.received_at", lambda *_, time=time: time
        )
        shop.imports(events=ORDER.format(price=1))
        (event,) = shop.landed("events")
        assert event["received_at"] == time
        named.append((event["message_id"], shop.files("events")))
    assert named[0] == named[1]


def test_a_damaged_delivery_is_replaced_as_if_it_were_new(shop: Any) -> None:
    shop.imports(events=ORDER.format(price=1))
    (path,) = shop.files("events")
    path.write_bytes(path.read_bytes()[:15])
    shop.imports(events=ORDER.format(price=1))
    assert [event["timestamp"] for event in shop.landed("events")] == ["2026-01-02T00:00:00Z"]
