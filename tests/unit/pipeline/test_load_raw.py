import gzip
import json
import os
from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from aisle.core.landing.append import LandingLog, LogOptions
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection, writer_connection
from aisle.pipeline import load_raw as module
from aisle.pipeline import loaded_files
from aisle.pipeline.load_raw import Batch, load_raw

LATER_COLUMNS = {
    "events": (
        "original_timestamp", "sent_at", "previous_id", "group_id", "name", "extra", "_line_number",
        "by_public_key",
    ),
    "quarantine": ("source", "received_at", "original_base64", "envelope"),
    "loaded_files": ("size_bytes", "modified_ns"),
}  # fmt: skip


def event(message_id: str, **fields: object) -> str:
    record = {
        "message_id": message_id,
        "type": "track",
        "event": "Order Completed",
        "user_id": "u1",
        "timestamp": "2026-01-02T03:04:05Z",
        "properties": {"order_id": message_id, "products": []},
    }
    return json.dumps({**record, **fields})


def land(settings: Settings, name: str, *lines: str) -> Path:
    path = settings.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with reader_connection(settings) as connection:
        return connection.execute(query).fetchall()


def counts(batch: Batch) -> tuple[int, int, int, int]:
    return batch.rows_seen, batch.rows_loaded, batch.rows_duplicate, batch.rows_quarantined


def test_a_message_is_loaded_once_however_often_it_arrives(settings: Settings) -> None:
    land(settings, "events/a.jsonl", event("m1"), event("m1"), event("m2"))
    assert counts(load_raw(settings)) == (3, 2, 1, 0)
    land(settings, "events/b.jsonl", event("m2"), event("m3"))
    assert counts(load_raw(settings)) == (2, 1, 1, 0)
    found = rows(settings, "select message_id, _batch_id from raw.events order by 1")
    assert found == [("m1", 1), ("m2", 1), ("m3", 2)]


def test_a_second_run_finds_nothing_new(settings: Settings) -> None:
    land(settings, "events/a.jsonl", event("m1"))
    load_raw(settings)
    assert load_raw(settings).files == 0
    assert rows(settings, "select count(*) from raw.batches") == [(1,)]


def test_a_file_that_grew_brings_only_its_new_messages(settings: Settings) -> None:
    land(settings, "events/a.jsonl", event("m1"))
    load_raw(settings)
    land(settings, "events/a.jsonl", event("m1"), event("m2"))
    assert counts(load_raw(settings)) == (2, 1, 1, 0)


def test_lines_that_are_no_event_are_kept_apart_with_their_text(settings: Settings) -> None:
    bad = [
        "not json",
        "[1]",
        event(""),
        event("m2", timestamp=None),
        event("m3", timestamp="soon"),
        event("m4", received_at="later"),
    ]
    land(settings, "events/a.jsonl", event("m1"), *bad)
    assert counts(load_raw(settings)) == (7, 1, 0, 6)
    query = "select line_number, reason, original from raw.quarantine order by 1"
    kept = rows(settings, query)
    assert [row[0] for row in kept] == [2, 3, 4, 5, 6, 7]
    assert [row[2] for row in kept] == bad
    assert [row[1] for row in kept] == [
        "not a JSON object",
        "not a JSON object",
        "no message_id",
        "no timestamp",
        "timestamp cannot be read: soon",
        "received_at cannot be read: later",
    ]


def test_times_become_utc(settings: Settings) -> None:
    land(
        settings,
        "events/a.jsonl",
        event("m1", timestamp="2026-01-02T03:04:05+02:00"),
        event("m2", timestamp="2026-01-02T03:04:05.250Z"),
    )
    load_raw(settings)
    query = "select timestamp::varchar from raw.events order by message_id"
    assert rows(settings, query) == [("2026-01-02 01:04:05",), ("2026-01-02 03:04:05.25",)]


def test_bytes_that_are_not_utf8_do_not_stop_the_others(settings: Settings) -> None:
    path = land(settings, "events/a.jsonl", event("m1"))
    path.write_bytes(path.read_bytes() + b'{"message_id": \xff}\n')
    assert counts(load_raw(settings)) == (2, 1, 0, 1)


def test_compressed_files_are_read(settings: Settings) -> None:
    path = settings.landing / "events" / "date=2026-01-02" / "a.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress((event("m1") + "\n").encode()))
    assert counts(load_raw(settings)) == (1, 1, 0, 0)


def test_a_kill_in_the_middle_leaves_no_half_batch(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(settings, "events/a.jsonl", event("m1"), event("m2"), event("m3"))

    def die_on_second(*arguments: object) -> Batch:
        if module.LINES_AT_ONCE == 1 and "m2" in str(arguments):
            raise KeyboardInterrupt
        return load_chunk(*arguments)  # type: ignore[arg-type]

    load_chunk = module._load_chunk
    monkeypatch.setattr(module, "LINES_AT_ONCE", 1)
    monkeypatch.setattr(module, "_load_chunk", die_on_second)
    with pytest.raises(KeyboardInterrupt):
        load_raw(settings)
    monkeypatch.setattr(module, "_load_chunk", load_chunk)
    assert counts(load_raw(settings)) == (3, 3, 0, 0)
    assert rows(settings, "select batch_id, rows_loaded from raw.batches") == [(1, 3)]


def test_catalogue_columns_that_aisle_does_not_know_become_attributes(settings: Settings) -> None:
    record = {"item_id": "i1", "title": "Tea", "price": 2.5, "colour": "green", "brand": None}
    land(settings, "products/a.jsonl", json.dumps(record), json.dumps({"title": "nameless"}))
    assert counts(load_raw(settings)) == (2, 1, 0, 1)
    query = (
        "select item_id, title, price, brand, is_available, attributes::varchar from raw.products"
    )
    assert rows(settings, query) == [("i1", "Tea", 2.5, None, True, '{"colour":"green"}')]


def test_customers_keep_consent_and_attributes(settings: Settings) -> None:
    record = {"user_id": "u1", "consent_personalization": False, "age": "35-44"}
    land(settings, "customers/a.jsonl", json.dumps(record))
    load_raw(settings)
    query = "select user_id, consent_personalization, attributes::varchar from raw.customers"
    assert rows(settings, query) == [("u1", False, '{"age":"35-44"}')]


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(b"{}" * 99, mtime=0)[:-9]])
def test_a_broken_file_is_named_and_loads_nothing_until_it_is_whole(
    settings: Settings, content: bytes
) -> None:
    land(settings, "events/a.jsonl", event("m1"))
    land(settings, "events/empty.jsonl")
    path = settings.landing / "events" / "b.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(AisleError, match=r"b\.jsonl\.gz is not a whole gzip file"):
        load_raw(settings)
    assert rows(settings, "select count(*) from raw.events") == [(0,)]
    path.write_bytes(gzip.compress((event("m2") + "\n").encode()))
    assert counts(load_raw(settings)) == (2, 2, 0, 0)


def test_the_same_event_again_days_later_is_loaded_once(settings: Settings) -> None:
    land(settings, "events/collector/date=2026-01-02/hour=03/a.jsonl", event("m1"))
    load_raw(settings)
    for day in range(3, 9):
        again = event("m1", received_at=f"2026-01-0{day}T00:00:00Z")
        land(settings, f"events/collector/date=2026-01-0{day}/hour=00/a.jsonl", again, again)
        assert counts(load_raw(settings)) == (2, 0, 2, 0)
    found = rows(settings, "select message_id, _batch_id from raw.events")
    assert found == [("m1", 1)]


def test_what_a_collector_knows_of_an_event_is_kept(settings: Settings) -> None:
    sent = {
        "original_timestamp": "2026-01-02T05:04:05+02:00",
        "sent_at": "2026-01-02T03:04:06Z",
        "previous_id": "visitor",
        "group_id": "g1",
        "name": "Home",
        "extra": {"channel": "web"},
        "by_public_key": True,
    }
    land(settings, "events/a.jsonl", event("m1"), event("m2", **sent))
    load_raw(settings)
    query = (
        "select _line_number, original_timestamp::varchar, sent_at::varchar, previous_id, "
        "group_id, name, extra::varchar, by_public_key from raw.events order by message_id"
    )
    assert rows(settings, query) == [
        (1, None, None, None, None, None, None, None),
        (2, "2026-01-02 03:04:05", "2026-01-02 03:04:06", "visitor", "g1", "Home",
         '{"channel":"web"}', True),
    ]  # fmt: skip


def test_an_older_warehouse_gets_the_new_columns_and_keeps_its_rows(settings: Settings) -> None:
    land(settings, "events/a.jsonl", event("m1"), "bad")
    load_raw(settings)
    with writer_connection(settings) as connection:
        for table, columns in LATER_COLUMNS.items():
            for column in columns:
                connection.execute(f"alter table raw.{table} drop column {column}")
        connection.execute("drop table raw.replays")
    assert load_raw(settings).files == 0
    land(settings, "events/b.jsonl", event("m2", name="Home"))
    assert counts(load_raw(settings)) == (1, 1, 0, 0)
    query = "select message_id, name, _line_number from raw.events order by 1"
    assert rows(settings, query) == [("m1", None, None), ("m2", "Home", 1)]
    assert rows(settings, "select count(*) from raw.quarantine") == [(1,)]


def test_a_loaded_file_is_read_again_only_when_it_looks_new(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    hash_of = loaded_files._content_hash

    def note(path: Path) -> str:
        read.append(path.name)
        return hash_of(path)

    monkeypatch.setattr(loaded_files, "_content_hash", note)
    first = land(settings, "events/a.jsonl", event("m1"))
    land(settings, "products/p.jsonl", json.dumps({"item_id": "i1"}))
    for names in (["a.jsonl", "p.jsonl"], []):
        read.clear()
        load_raw(settings)
        assert read == names
    os.utime(first, (1, 1))  # copied back from somewhere
    for names in (["a.jsonl"], []):
        read.clear()
        assert load_raw(settings).files == 0
        assert read == names
    assert rows(settings, "select count(*) from raw.loaded_files") == [(2,)]


def test_a_file_replaced_by_another_of_the_same_size_is_loaded(settings: Settings) -> None:
    path = land(settings, "events/a.jsonl", event("m1"))
    load_raw(settings)
    land(settings, "events/a.jsonl", event("m2"))
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert counts(load_raw(settings)) == (1, 1, 0, 0)


def refused(**fields: object) -> str:
    record = {
        "kind": "events", "reason": "no event name", "original": '{"type":"track"}',
        "source": "shop", "received_at": "2026-01-02T03:04:05Z",
    }  # fmt: skip
    return json.dumps({**record, **fields})


def test_two_equal_events_that_a_collector_refused_stay_two(settings: Settings) -> None:
    name = "quarantine/collector/date=2026-01-02/hour=03/a.jsonl"
    land(settings, name, refused(), refused(), refused(original_base64="/w=="))
    batch = load_raw(settings)
    assert (batch.rows_refused, counts(batch)) == (3, (0, 0, 0, 0))
    query = (
        "select source_file, line_number, source, received_at::varchar, original, original_base64 "
        "from raw.quarantine order by line_number"
    )
    same = (name, "shop", "2026-01-02 03:04:05", '{"type":"track"}')
    assert [(row[0], *row[2:5]) for row in rows(settings, query)] == [same] * 3
    assert [(row[1], row[5]) for row in rows(settings, query)] == [
        (1, None),
        (2, None),
        (3, "/w=="),
    ]
    (settings.landing / name).touch()
    assert load_raw(settings).rows_refused == 0


@pytest.mark.parametrize("damage", ["no json", "[1]", '{"kind": null}', "{}", "\0\0\0"])
def test_a_damaged_record_of_a_refused_event_does_not_stop_the_load(
    settings: Settings, damage: str
) -> None:
    land(settings, "quarantine/collector/a.jsonl", refused(), damage)
    land(settings, "events/a.jsonl", event("m1"))
    batch = load_raw(settings)
    assert (batch.rows_refused, batch.rows_loaded) == (2, 1)
    assert rows(settings, "select original from raw.quarantine where line_number = 2") == [
        (damage,)
    ]


@pytest.mark.parametrize(
    "odd",
    [
        event("m2", user_id="a\0b"),
        event("m2\0"),
        event("m2", event="\ud800"),
        event("m2", properties={"deep": json.loads("[" * 500 + "]" * 500)}),
        event("m2", properties={"large": 10**400}),
        event("m2", timestamp="2026-01-02T03:04:05Z\0"),
        event("m2", sent_at="never", original_timestamp={"a": 1}),
        '{"message_id": "m2", "timestamp": 1}',
        "\0",
    ],
)
def test_an_odd_event_does_not_stop_the_others(settings: Settings, odd: str) -> None:
    land(settings, "events/a.jsonl", event("m1"), odd, event("m3"))
    batch = load_raw(settings)
    assert batch.rows_seen == batch.rows_loaded + batch.rows_quarantined == 3
    found = {row[0] for row in rows(settings, "select message_id from raw.events")}
    assert {"m1", "m3"} <= found


def test_what_a_killed_collector_left_is_loaded_without_its_torn_line(settings: Settings) -> None:
    path = settings.landing / "events/collector/date=2026-01-02/hour=03/c-1.jsonl.open"
    path.parent.mkdir(parents=True)
    path.write_text(event("m1") + "\n" + event("m2")[:20])
    assert counts(load_raw(settings)) == (1, 1, 0, 0)
    assert load_raw(settings).files == 0


def test_what_a_living_collector_writes_is_loaded_once_it_is_complete(settings: Settings) -> None:
    log = LandingLog(settings.landing, "events", "c", LogOptions())
    log.append((event("m1") + "\n").encode(), 1).result(10)
    assert load_raw(settings).files == 0
    log.close()
    assert counts(load_raw(settings)) == (1, 1, 0, 0)
