import fcntl
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from aisle.core.errors import AisleError
from aisle.pipeline.load_raw import load_raw

HEADER = "user_id,item_id,timestamp"


def sums(imported: Any) -> list[tuple[int, int, int]]:
    return [(count.rows, count.landed, count.quarantined) for count in imported.counts]


def products(event: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = event["properties"]["products"]
    return found


def test_rows_of_one_order_become_one_event(shop: Any) -> None:
    shop.imports(
        events="order_id,user_id,item_id,timestamp,quantity,price\n"
        "o1,u1,a,2026-01-02T10:00:05,1,2.50\n"
        "o2,u1,a,2026-01-02T10:00:05,1,2.50\n"
        "o1,u1,b,2026-01-02T10:00:00,3,1\n"
    )
    first, second = sorted(shop.landed("events"), key=lambda event: event["timestamp"])
    assert first["properties"]["order_id"] == "o1"
    assert first["timestamp"] == "2026-01-02T10:00:00Z"
    assert products(first) == [
        {"product_id": "a", "quantity": 1, "price": 2.5},
        {"product_id": "b", "quantity": 3, "price": 1},
    ]
    assert (second["properties"]["order_id"], len(products(second))) == ("o2", 1)
    assert (first["type"], first["event"]) == ("track", "Order Completed")


def test_without_an_order_id_a_user_and_a_moment_are_an_order(shop: Any) -> None:
    shop.imports(
        events=f"{HEADER}\nu1,a,2026-01-02\nu1,b,2026-01-02\nu2,a,2026-01-02\nu1,a,2026-01-03\n"
    )
    events = shop.landed("events")
    assert sorted(len(products(event)) for event in events) == [1, 1, 2]
    assert all("order_id" not in event["properties"] for event in events)


def test_two_identical_rows_of_an_order_are_two_pieces(shop: Any) -> None:
    imported = shop.imports(events=f"{HEADER}\nu1,a,2026-01-02\nu1,a,2026-01-02\n")
    assert sums(imported) == [(2, 2, 0)]
    assert [products(event) for event in shop.landed("events")] == [
        [{"product_id": "a"}, {"product_id": "a"}]
    ]


def test_an_order_id_that_users_share_names_no_order_and_loses_none(shop: Any) -> None:
    imported = shop.imports(
        events=f"order_id,{HEADER}\n1,u1,a,2026-01-02\n1,u2,b,2026-01-02\n2,u1,c,2026-01-03\n"
    )
    named = sorted(str(event["properties"].get("order_id")) for event in shop.landed("events"))
    assert named == ["2", "None", "None"]
    assert any("2 orders of several users share an order_id" in note for note in imported.notes)


def test_other_events_stay_one_a_row_and_equal_ones_stay_apart(shop: Any) -> None:
    shop.imports(
        events=f"{HEADER},event\nu1,a,2026-01-02,view\nu1,a,2026-01-02,view\n"
        "u1,a,2026-01-02,Searched by voice\n"
    )
    events = shop.landed("events")
    assert sorted(event["event"] for event in events) == [
        "Product Viewed", "Product Viewed", "Searched by voice",
    ]  # fmt: skip
    assert {event["properties"]["product_id"] for event in events} == {"a"}
    assert len({event["message_id"] for event in events}) == 3


def test_without_users_the_session_is_who_acted(shop: Any) -> None:
    imported = shop.imports(
        events="session_id,item_id,timestamp\ns1,a,2026-01-02\n,a,2026-01-02\ns1,b,2026-01-02\n"
    )
    (event,) = shop.landed("events")
    assert (event.get("user_id"), event["anonymous_id"], len(products(event))) == (None, "s1", 2)
    assert sums(imported) == [(3, 2, 1)]
    assert shop.refused() == [(3, "neither user_id nor session_id", ",a,2026-01-02")]


def test_films_need_no_mapping(shop: Any) -> None:
    imported = shop.imports(
        events="userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,31,good,1260759145\n",
        products='movieId,title,genres\n31,"Dangerous, Minds",Drama|Comedy\n',
    )
    assert sums(imported) == [(1, 1, 0), (2, 2, 0)]
    first, second = shop.landed("events")
    assert first["timestamp"] == "2009-12-14T02:52:24Z"
    assert products(first) == [{"product_id": "31", "rating": 2.5}]
    assert products(second) == [{"product_id": "31", "rating": "good"}]
    assert shop.landed("products") == [
        {"item_id": "31", "title": "Dangerous, Minds", "genres": "Drama|Comedy"}
    ]
    assert any("item_id <- movieId" in note for note in imported.notes)


def test_columns_that_aisle_does_not_know_are_kept(shop: Any) -> None:
    shop.imports(
        events=f"{HEADER},store,note\nu1,a,2026-01-02,007,\n",
        customers="user_id,age,consent_personalization\nu1,30-40,no\nu2,,\n",
    )
    (event,) = shop.landed("events")
    assert products(event) == [{"product_id": "a", "store": "007"}]
    assert shop.landed("customers") == [
        {"user_id": "u1", "consent_personalization": False, "age": "30-40"},
        {"user_id": "u2"},
    ]


REFUSED = [
    ("u1,,2026-01-02,1,1", "no item_id"),
    ("u1,NULL,2026-01-02,1,1", "no item_id"),
    ("nan,a,2026-01-02,1,1", "neither user_id nor session_id"),
    ("u1,a,,1,1", "no timestamp"),
    ("u1,a,soon,1,1", "timestamp cannot be read: soon"),
    ("u1,a,2026-02-30,1,1", "timestamp cannot be read: 2026-02-30"),
    ("u1,a,1969-12-31,1,1", "timestamp before 1970-01-02: 1969-12-31"),
    ("u1,a,2999-01-01,1,1", "timestamp in the future: 2999-01-01"),
    ("u1,a,2026-01-02,two,1", "quantity is not a number: two"),
    ("u1,a,2026-01-02,1,$3", "price is not a number: $3"),
    ("u1,a,2026-01-02,1,inf", "price is not a number: inf"),
    ("u1,a,2026-01-02,1", "4 columns where the header has 5"),
    ("u1,a,2026-01-02,1,1,1", "6 columns where the header has 5"),
]


def test_a_row_that_cannot_be_used_keeps_its_reason_and_its_text(shop: Any) -> None:
    header, good = f"{HEADER},quantity,price", "u1,a,2026-01-02,1,1"
    bad = "\n".join(row for row, _ in REFUSED)
    imported = shop.imports(events=f"{header}\n{good}\n{bad}\n{good}\n")
    expected = [(line, reason, row) for line, (row, reason) in enumerate(REFUSED, start=3)]
    assert shop.refused() == expected
    assert sums(imported) == [(len(REFUSED) + 2, 2, len(REFUSED))]


def test_importing_twice_changes_nothing(shop: Any) -> None:
    events = f"{HEADER}\nu1,a,2026-01-02\nu1,b,never\n"
    shop.imports(events=events, products="item_id\na\n")
    before = {path: path.read_bytes() for kind in ("events", "products", "quarantine")
              for path in shop.files(kind)}  # fmt: skip
    first = load_raw(shop.settings)
    shop.imports(events=events, products="item_id\na\n")
    assert {path: path.read_bytes() for path in before} == before
    assert (first.rows_loaded, first.rows_refused, first.rows_quarantined) == (2, 1, 0)
    assert load_raw(shop.settings).files == 0


def test_the_same_orders_in_another_file_are_known(shop: Any) -> None:
    shop.imports(events=f"{HEADER}\nu1,a,2026-01-02\nu1,b,2026-01-02\n")
    assert load_raw(shop.settings).rows_loaded == 1
    shop.imports(events=f"{HEADER}\nu1,b,2026-01-02\nu1,a,2026-01-02\nu2,c,2026-01-03\n")
    batch = load_raw(shop.settings)
    assert (batch.rows_loaded, batch.rows_duplicate) == (1, 1)


def test_several_files_meet_in_one_order(shop: Any) -> None:
    one = shop.file("one.csv", f"{HEADER},order_id\nu1,a,2026-01-02,o1\n")
    shop.file("two.jsonl", json.dumps({"user": "u1", "sku": "b", "ts": 1767312000, "order": "o1"}))
    imported = shop.imports_files({"events": [one, f"{shop.folder}/two.*"]})
    assert [count.file for count in imported.counts] == ["one.csv", "two.jsonl"]
    (event,) = shop.landed("events")
    assert [line["product_id"] for line in products(event)] == ["a", "b"]


def test_a_kind_of_which_nothing_can_be_used_refuses_the_import(shop: Any) -> None:
    with pytest.raises(AisleError, match="2 rows: timestamp cannot be read: 1st of May"):
        shop.imports(products="item_id\na\n", events=f"{HEADER}\nu,a,1st of May\nu,a,2nd of May\n")
    assert shop.left_over() == set()


def test_a_kill_leaves_nothing_that_the_next_import_does_not_remove(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    left = shop.settings.root / "importing" / "work" / "landing"
    left.mkdir(parents=True)
    (left / "half.jsonl").write_text("{}")
    with monkeypatch.context() as patched:
        patched.setattr("aisle.pipeline.importing.import_shop.write_events", killed)
        with pytest.raises(KeyboardInterrupt):
            shop.imports(products="item_id\na\n", events=f"{HEADER}\nu,a,2026-01-02\n")
    assert shop.left_over() == set()
    shop.imports(events=f"{HEADER}\nu,a,2026-01-02\n")
    assert shop.left_over() == {"part-0000.jsonl.gz"}


def test_a_second_import_at_the_same_time_is_refused(shop: Any) -> None:
    folder = shop.settings.root / "importing"
    folder.mkdir(parents=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AisleError, match="Another `aisle import`"):
            shop.imports(events=f"{HEADER}\nu,a,2026-01-02\n")


def test_a_full_disk_is_said_so_and_leaves_nothing(shop: Any) -> None:
    rows = "".join(f"user{n},item{n * 7919 % 9973},{1600000000 + n}\n" for n in range(8_000))
    name = shop.file("events.csv", f"{HEADER}\n{rows}")
    limited = (
        "import resource, sys; from aisle.cli.main import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited, "import", "--events", name],
        env={**os.environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert "The disk is full at" in ended.stderr
    assert shop.left_over() == set()
