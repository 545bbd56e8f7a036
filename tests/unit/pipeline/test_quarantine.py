import csv
import errno
import io
import json
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from aisle.core.landing import delivery
from aisle.core.settings import Settings
from aisle.pipeline.load_raw import load_raw
from aisle.pipeline.quarantine import Wanted, open_quarantine, show_quarantine


def refuse(settings: Settings, *rows: dict[str, object]) -> None:
    """Land rows that an import refused, and an event that the load refuses."""
    with delivery(settings.landing) as folder:
        for kind, lines in {"quarantine": rows, "events": ({"message_id": "m"},)}.items():
            (folder / kind).mkdir()
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (folder / kind / "import-1.jsonl").write_text(text)


def row(line_number: int, reason: str) -> dict[str, object]:
    return {"kind": "events", "source_file": "e.csv", "line_number": line_number,
            "reason": reason, "original": f"line {line_number}"}  # fmt: skip


def listed(settings: Settings, wanted: Wanted = Wanted()) -> list[tuple[str, int, str]]:
    with open_quarantine(settings, wanted) as found:
        return [(line.source_file, line.line_number, line.reason) for line in found.first(99)]


def test_refused_rows_are_listed_before_and_after_they_are_loaded(settings: Settings) -> None:
    refuse(settings, row(2, "no item_id"), row(7, "timestamp cannot be read: soon"))
    waiting = listed(settings)
    assert waiting == [("e.csv", 2, "no item_id"), ("e.csv", 7, "timestamp cannot be read: soon")]
    batch = load_raw(settings)
    assert (batch.rows_seen, batch.rows_quarantined, batch.rows_refused) == (1, 1, 2)
    assert listed(settings) == [*waiting, ("events/import-1.jsonl", 1, "no timestamp")]


def test_refused_rows_that_come_again_in_another_file_are_loaded_once(settings: Settings) -> None:
    refuse(settings, row(2, "no item_id"))
    load_raw(settings)
    refuse(settings, row(2, "no item_id"), row(3, "no item_id"), row(3, "no item_id"))
    assert load_raw(settings).rows_refused == 1


def test_rows_are_found_by_kind_and_by_reason(settings: Settings) -> None:
    refuse(settings, row(2, "no item_id"), {**row(7, "No user_id"), "kind": "customers"})
    assert listed(settings, Wanted(kind="customers")) == [("e.csv", 7, "No user_id")]
    assert listed(settings, Wanted(reason="ITEM")) == [("e.csv", 2, "no item_id")]
    assert listed(settings, Wanted(reason="'")) == []


def test_lines_of_orders_that_the_build_refused_are_listed(settings: Settings) -> None:
    load_raw(settings)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "create schema intermediate; create table intermediate.int_order_items_quarantined as "
            "select 'o1' as order_id, 1 as rejected_number, 'negative quantity' as reason, "
            """'{"quantity":-1}' as original"""
        )
    assert listed(settings) == [("order o1", 1, "negative quantity")]


def test_the_summary_counts_reasons_without_their_values(settings: Settings) -> None:
    refuse(settings, *(row(number, f"price is not a number: {number}") for number in range(30)))
    shown = Console(file=io.StringIO(), width=100)
    with open_quarantine(settings, Wanted()) as found:
        show_quarantine(found, 2, shown)
    text = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "30" in text
    assert "e.csv:1  price is not a number: 1\n    line 1\n" in text
    assert "2 of 30 rows" in text


def test_all_rows_go_to_a_file(settings: Settings, tmp_path: Path) -> None:
    refuse(settings, *(row(number, "no item_id") for number in range(30)))
    with open_quarantine(settings, Wanted()) as found:
        assert found.write(tmp_path / "out" / "refused.csv") == 30
    with (tmp_path / "out" / "refused.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [line["original"] for line in rows] == [f"line {number}" for number in range(30)]


def test_a_file_that_cannot_be_written_whole_leaves_the_one_before(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(settings, row(1, "no item_id"))
    target = tmp_path / "refused.csv"
    target.write_text("the list of yesterday")
    with open_quarantine(settings, Wanted()) as found:
        with monkeypatch.context() as patched:
            patched.setattr("aisle.core.files.os.fsync", _full_disk)
            with pytest.raises(OSError, match="No space left"):
                found.write(target)
        assert target.read_text() == "the list of yesterday"
        assert list(tmp_path.glob("*refused.csv")) == [target]


def _full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_refused_rows_of_a_file_that_changed_are_waiting_again(settings: Settings) -> None:
    refuse(settings, row(2, "no item_id"))
    load_raw(settings)
    refuse(settings, row(3, "no timestamp"))
    waiting = ("e.csv", 3, "no timestamp")
    assert waiting in listed(settings)
    load_raw(settings)
    assert listed(settings).count(waiting) == 1


def test_an_empty_quarantine_is_said_so(settings: Settings) -> None:
    shown = Console(file=io.StringIO())
    with open_quarantine(settings, Wanted()) as found:
        show_quarantine(found, 2, shown)
    assert shown.file.getvalue() == "Nothing is quarantined.\n"  # type: ignore[attr-defined]
