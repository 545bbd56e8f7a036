import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aisle.core.errors import AisleError
from aisle.pipeline.importing.source import find_files

CSV = b"user_id,item_id,timestamp\nu,a,2026-01-02\n"


def workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


def parquet(**columns: Any) -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.csv", b"", "e.csv is empty"),
        ("e.csv", b" \n\n", "e.csv is empty"),
        ("e.csv.gz", gzip.compress(b"", mtime=0), "is empty once unpacked"),
        ("e.csv", b"user_id,item_id,timestamp\n", "has a header and no row"),
        ("e.csv", workbook(), "Excel workbook .* save the sheet as CSV"),
        ("e.csv", b"<!DOCTYPE html><p>Log in", "a web page"),
        ("e.csv", b"%PDF-1.7", "a PDF document"),
        ("e.csv", b"SQLite format 3\0", "an SQLite database"),
        ("e.csv", b'{"user_id": "u"}\n', "it is JSON lines"),
        ("e.csv", parquet(user_id=["u"]), "it is Parquet"),
        ("e.parquet", CSV, "is not what its name says"),
        ("e.parquet", b"PAR1 cut off", "is not a whole Parquet file"),
        ("e.parquet", parquet(user_id=pa.array([], pa.string())), "has no row"),
        ("e.jsonl", CSV, "is not what its name says"),
        ("e.json", b'[{"user_id": "u"}]', "one JSON array"),
        ("e.jsonl", b"{}\n", "no JSON object with a key"),
        ("e.csv.gz", CSV, "not compressed with gzip"),
        ("e.csv.gz", gzip.compress(CSV * 99, mtime=0)[:-9], "is not a whole gzip file"),
        ("e.csv", CSV.replace(b"u,", b"\0,"), "holds zero bytes"),
        ("e.csv", CSV + b'u,"a,2026-01-02\nu,b,2026-01-03\n', r"never closed.*record at line 3"),
        ("e.csv", CSV.replace(b"item_id", b"user_id"), "more than one column named user_id"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named_and_nothing_is_written(
    shop: Any, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(AisleError, match=message):
        shop.imports_files({"events": [shop.file(name, content)]})
    assert shop.left_over() == set()


@pytest.mark.parametrize("name", ["e.csv.gz", "e.csv", "export"])
def test_a_gzip_file_is_known_by_its_content(shop: Any, name: str) -> None:
    imported = shop.imports_files({"events": [shop.file(name, gzip.compress(CSV))]})
    assert imported.events == 1


def test_parquet_keeps_what_its_types_say(shop: Any) -> None:
    zoned = pa.array([1767312000_000000, 1767312000_000000], pa.timestamp("us", "Europe/Berlin"))
    content = parquet(
        user_id=[7.0, None], item_id=pa.array(["a", "b"]).dictionary_encode(), timestamp=zoned,
        quantity=[2, 1], price=[2.5, 1.0], gift=[True, False],
    )  # fmt: skip
    imported = shop.imports_files({"events": [shop.file("e.parquet", content)]})
    (event,) = shop.landed("events")
    assert (event["user_id"], event["timestamp"]) == ("7", "2026-01-02T00:00:00Z")
    assert event["properties"]["products"] == [
        {"product_id": "a", "quantity": 2, "price": 2.5, "gift": True}
    ]
    ((line, reason, original),) = shop.refused()
    assert (line, reason) == (2, "neither user_id nor session_id")
    assert '"item_id": "b"' in original
    assert [(count.rows, count.landed) for count in imported.counts] == [(2, 1)]


def test_infinity_in_parquet_is_no_number_and_changes_no_other_row(shop: Any) -> None:
    content = parquet(
        user_id=["u", "v"], item_id=[1234567.0, 8.5], timestamp=["2026-01-02"] * 2,
        price=[2.0, float("inf")], quantity=[1e16, 1.0],
    )  # fmt: skip
    shop.imports_files({"events": [shop.file("e.parquet", content)]})
    (event,) = shop.landed("events")
    assert event["properties"]["products"] == [
        {"product_id": "1234567", "quantity": 1e16, "price": 2}
    ]
    assert [reason for _, reason, _ in shop.refused()] == ["price is not a number: inf"]


def test_json_lines_keep_the_types_of_their_values(shop: Any) -> None:
    lines = (
        '{"user_id": 1, "item_id": "a", "timestamp": 1767312000.5, "tags": ["x"], "gone": null}\n'
        "\n"
        "not json\n"
        '[1]\n{"user_id": 1, "item_id": "b", "timestamp": 1767312000.5}\n'
    )
    imported = shop.imports_files({"events": [shop.file("e.jsonl", lines)]})
    (event,) = shop.landed("events")
    assert (event["user_id"], event["timestamp"]) == ("1", "2026-01-02T00:00:00.5Z")
    assert event["properties"]["products"] == [
        {"product_id": "a", "tags": ["x"]}, {"product_id": "b"},
    ]  # fmt: skip
    assert shop.refused() == [(3, "not a JSON object", "not json"), (4, "not a JSON object", "[1]")]
    assert [(count.rows, count.landed) for count in imported.counts] == [(4, 2)]


def test_globs_and_names_stand_for_each_file_once(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).touch()
    found = find_files([f"{tmp_path}/*.csv", f"{tmp_path}/a.csv"])
    assert [path.name for path in found] == ["a.csv", "b.csv"]
    with pytest.raises(AisleError, match=r"There is no file .*c\.csv"):
        find_files([f"{tmp_path}/c.csv"])
    with pytest.raises(AisleError, match="is not a file; for all files of a folder"):
        find_files([str(tmp_path)])
