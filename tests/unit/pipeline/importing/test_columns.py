import pytest

from aisle.core.errors import AisleError
from aisle.pipeline.importing.columns import choose_columns
from aisle.pipeline.importing.mapping import Kind, KindMapping

NOTHING = KindMapping()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["userId", "movieId", "rating", "timestamp"], ["userId", "movieId", "timestamp"]),
        (["CustomerID", "StockCode", "InvoiceDate"], ["CustomerID", "StockCode", "InvoiceDate"]),
        (["Order Date", "SKU", "Customer ID"], ["Customer ID", "SKU", "Order Date"]),
        (["user_id", "User", "item_id", "timestamp"], ["user_id", "item_id", "timestamp"]),
    ],
)
def test_common_names_are_recognised(found: list[str], expected: list[str]) -> None:
    columns = choose_columns("events", found, NOTHING, "e.csv")
    taken = [columns.sources[ours][0] for ours in ("user_id", "item_id", "timestamp")]
    assert taken == expected


@pytest.mark.parametrize(
    ("kind", "found", "message"),
    [
        ("events", ["who", "item", "time"], "no column is recognised as user_id or session_id"),
        ("events", ["user", "time"], "no column is recognised as item_id"),
        ("products", ["title"], "no column is recognised as item_id"),
        ("events", ["user", "customer", "item", "time"], "user and customer could each be user_id"),
        ("events", ["user", "item", "date", "time"], "date and time could each be timestamp"),
        ("events", ["user", "item_id", "product_id", "time"], "not clear what product_id is"),
    ],
)
def test_what_is_missing_or_doubtful_is_named_with_a_mapping_to_paste(
    kind: Kind, found: list[str], message: str
) -> None:
    with pytest.raises(AisleError) as caught:
        choose_columns(kind, found, NOTHING, "e.csv")
    assert message in str(caught.value)
    assert f"Columns found: {', '.join(found)}" in str(caught.value)
    assert f"{kind}:\n  columns:\n" in str(caught.value)


def test_the_mapping_decides_before_any_name_does() -> None:
    mapping = KindMapping(
        columns={"item_id": "product_id", "timestamp": ["date", "time"]},
        constants={"event": "Product Viewed"},
        ignore=["email"],
    )
    found = ["user", "item_id", "product_id", "date", "time", "email", "colour"]
    columns = choose_columns("events", found, mapping, "e.csv")
    assert columns.sources["item_id"] == ("product_id",)
    assert columns.sources["timestamp"] == ("date", "time")
    assert columns.constants == {"event": "Product Viewed"}
    assert columns.extras == ("item_id", "colour")


def test_a_mapping_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(AisleError, match="names basket, which the file does not have"):
        choose_columns("events", ["user"], KindMapping(columns={"order_id": "basket"}), "e.csv")
    with pytest.raises(AisleError, match="title is no column of events"):
        choose_columns("events", ["user"], KindMapping(columns={"title": "user"}), "e.csv")
