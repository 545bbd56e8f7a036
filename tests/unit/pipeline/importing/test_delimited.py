from typing import Any

import pytest

from aisle.core.errors import AisleError
from aisle.pipeline.importing import delimited


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_recognised(shop: Any, delimiter: str, end: str) -> None:
    rows = [["user_id", "item_id", "timestamp"], ["u", "a", "2026-01-02"], ["u", "", "2026-01-02"]]
    shop.imports(events=end.join(delimiter.join(row) for row in rows) + end)
    assert len(shop.landed("events")) == 1
    assert shop.refused() == [(3, "no item_id", delimiter.join(rows[2]))]


def test_two_delimiters_that_fit_are_not_chosen_from(shop: Any) -> None:
    content = "user_id;a,item_id;b,timestamp\nu;1,a;1,2026-01-02\n"
    with pytest.raises(AisleError, match=r"cut at each comma and semicolon.*`delimiter`"):
        shop.imports(events=content)


@pytest.mark.parametrize("block_bytes", [64, 8 << 20])
def test_lines_are_counted_across_quoted_newlines_blank_lines_and_broken_rows(
    shop: Any, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(delimited, "BLOCK_BYTES", block_bytes)
    content = (
        "item_id,title,price\n"  # line 1
        'a,"two\nlines",1\n'  # 2 and 3
        "\n"  # 4
        'b,5" pipe,2\n'  # 5
        'c,"says ""hi""",three\n'  # 6
        "d,too,many,columns\n"  # 7
        ',"no\n\nid",4\n'  # 8 to 10
        "e,few\n"  # 11
        ",,\n"  # 12, nothing in it
        "f,last,x"  # 13
    )
    imported = shop.imports(products=content)
    assert [(item["item_id"], item["title"]) for item in shop.landed("products")] == [
        ("a", "two\nlines"), ("b", '5" pipe'),
    ]  # fmt: skip
    assert shop.refused() == [
        (6, "price is not a number: three", 'c,"says ""hi""",three'),
        (7, "4 columns where the header has 3", "d,too,many,columns"),
        (8, "no item_id", ',"no\n\nid",4'),
        (11, "2 columns where the header has 3", "e,few"),
        (13, "price is not a number: x", "f,last,x"),
    ]
    assert [(c.rows, c.landed, c.quarantined) for c in imported.counts] == [(7, 2, 5)]


def test_a_file_without_a_header_is_named_by_the_mapping(shop: Any) -> None:
    content = "196\t242\t3\t881250949\n\t242\t3\t881250949\n"
    with pytest.raises(AisleError, match=r"Columns found: 196, 242, 3, 881250949"):
        shop.imports(events=content)
    header = ["user_id", "item_id", "rating", "timestamp"]
    shop.imports({"events": {"header": header}}, events=content)
    (event,) = shop.landed("events")
    assert (event["user_id"], event["timestamp"]) == ("196", "1997-12-04T15:55:49Z")
    assert [line for line, _, _ in shop.refused()] == [2]
    with pytest.raises(AisleError, match="has 4 columns, and `header` in the mapping names 1"):
        shop.imports({"events": {"header": ["user_id"]}}, events=content)


@pytest.mark.parametrize("rows_after", [1, 30])
def test_a_quote_that_is_never_closed_is_told_with_its_line(
    shop: Any, monkeypatch: pytest.MonkeyPatch, rows_after: int
) -> None:
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 256)
    row = "user,item,2026-01-02\n"
    content = "user_id,item_id,timestamp\n" + row * 3 + 'user,"item,2026-01-02\n' + row * rows_after
    with pytest.raises(AisleError, match=r"never closed.*record at line 5"):
        shop.imports(events=content)


def test_a_file_cut_at_the_wrong_place_everywhere_is_refused(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MOST_REFUSALS", 2)
    content = "user_id,item_id,timestamp\n" + "u,a\n" * 5
    with pytest.raises(AisleError, match="another number of columns than the header: is comma"):
        shop.imports({"events": {"delimiter": ","}}, events=content)


@pytest.mark.parametrize(
    ("decimal", "written", "read"),
    [
        (",", "1.234", 1234), (",", "1.234,50", 1234.5), (",", "-1.234.567", -1234567),
        (",", "2.50", None), (",", "1234.567", None), (",", "0.500", None), (",", "1,2.345", None),
        (".", "1,234", 1234), (".", "1,234.50", 1234.5), (".", "1234.5", 1234.5),
        (".", "2,50", None), (".", "0,500", None), (".", "1,234.5.6", None),
        ("", "1,234.50", 1234.5), ("", "1,234,567", 1234567), ("", "1,234", None),
        ("", "1.234", 1.234),
    ],
)  # fmt: skip
def test_thousands_are_read_where_the_decimal_mark_leaves_no_doubt(
    shop: Any, decimal: str, written: str, read: float | None
) -> None:
    mapping = {"products": {"decimal": decimal}} if decimal else None
    shop.imports(mapping, products=f"item_id;price\na;{written}\nb;1\n")
    assert [item["price"] for item in shop.landed("products")] == ([read] if read else []) + [1]
    refused = [] if read else [(2, f"price is not a number: {written}", f"a;{written}")]
    assert shop.refused() == refused


def test_numbers_of_a_file_with_types_do_not_follow_the_decimal_mark(shop: Any) -> None:
    lines = '{"sku": "a", "price": 1.234}\n{"sku": "b", "price": "2,50"}\n'
    shop.imports_files({"products": [shop.file("p.jsonl", lines)]}, {"products": {"decimal": ","}})
    assert [item["price"] for item in shop.landed("products")] == [1.234, 2.5]


def test_decimal_commas_are_read_when_the_mapping_says_so(shop: Any) -> None:
    content = "item_id;price\na;2,50\nb;1\n"
    shop.imports(products=content)
    assert shop.refused() == [(2, "price is not a number: 2,50", "a;2,50")]
    shop.imports({"products": {"decimal": ","}}, products=content)
    assert sorted(item["price"] for item in shop.landed("products")) == [1, 1, 2.5]
