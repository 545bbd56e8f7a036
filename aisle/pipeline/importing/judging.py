"""Rows read and judged in SQL: a reason for each that cannot be used, a count for every file."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from aisle.core.clock import wall_clock
from aisle.core.errors import AisleError
from aisle.core.warehouse import run_script
from aisle.pipeline.importing.mapping import Kind, KindMapping
from aisle.pipeline.importing.staging import FILE, ShopFile

SQL = Path(__file__).parent
TIMES: dict[Kind, tuple[str, ...]] = {
    "events": ("timestamp",),
    "products": ("updated_at",),
    "customers": ("updated_at", "consent_updated_at"),
}
MARGIN = timedelta(days=1)  # a clock may be ahead; a time zone may be missing
ROWS_A_BUCKET = 250_000
# Names that shops give the events of the specification, in lower case.
EVENT_NAMES = {
    "order completed": "Order Completed", "order": "Order Completed", "buy": "Order Completed",
    "purchase": "Order Completed", "purchased": "Order Completed", "bought": "Order Completed",
    "transaction": "Order Completed", "order_completed": "Order Completed",
    "product viewed": "Product Viewed", "view": "Product Viewed", "pv": "Product Viewed",
    "viewed": "Product Viewed", "product_viewed": "Product Viewed", "view_item": "Product Viewed",
    "product clicked": "Product Clicked", "click": "Product Clicked",
    "product added": "Product Added", "cart": "Product Added", "addtocart": "Product Added",
    "add_to_cart": "Product Added", "add to cart": "Product Added",
    "product removed": "Product Removed", "remove_from_cart": "Product Removed",
    "product added to wishlist": "Product Added to Wishlist",
    "wishlist": "Product Added to Wishlist", "add_to_wishlist": "Product Added to Wishlist",
    "fav": "Product Added to Wishlist", "product reviewed": "Product Reviewed",
    "review": "Product Reviewed", "rate": "Product Reviewed", "rating": "Product Reviewed",
}  # fmt: skip


@dataclass(frozen=True)
class Count:
    """The sum of one file: `rows = landed + quarantined`."""

    kind: Kind
    file: str
    rows: int
    landed: int
    quarantined: int


@dataclass(frozen=True)
class Reason:
    """Why rows were refused, how many, and one of them."""

    kind: Kind
    text: str
    rows: int
    example: str


def judge(
    connection: duckdb.DuckDBPyConnection, kind: Kind, files: list[ShopFile], mapping: KindMapping
) -> int:
    """Make the table `judged` out of `staged`; return the number of buckets of its events."""
    rows = int(connection.table("staged").shape[0])
    buckets = 1 + rows // ROWS_A_BUCKET
    connection.execute(f"set timezone = '{mapping.time_zone}'")
    _decide_day_order(connection, kind, files, mapping)
    _tell_decimals(connection, files, mapping)
    _name_events(connection, mapping)
    latest = (wall_clock() + MARGIN).isoformat() + "Z"
    parameters: dict[str, Any] = {
        "timestamp_format": mapping.timestamp_format,
        "latest": latest,
        "buckets": buckets,
    }
    try:
        run_script(connection, SQL / f"judge_{kind}.sql", parameters)
    except duckdb.InvalidInputException as error:
        if "format" not in str(error).lower():
            raise
        raise AisleError(
            f"`timestamp_format: {mapping.timestamp_format}` of {kind} cannot be used: {error}"
        ) from error
    connection.execute("set timezone = 'UTC'")
    connection.execute("drop table staged")
    return buckets


def count_rows(
    connection: duckdb.DuckDBPyConnection, kind: Kind, files: list[ShopFile], read: list[int]
) -> list[Count]:
    """Return the sum of each file; refuse to go on when one does not come out."""
    found = connection.execute((SQL / "count_rows.sql").read_text()).fetchall()
    sums = {number: (int(landed), int(refused)) for number, landed, refused in found}
    counts = [
        Count(kind, file.name, rows, *sums.get(number, (0, 0)))
        for number, (file, rows) in enumerate(zip(files, read, strict=True))
    ]
    for count in counts:
        if count.rows != count.landed + count.quarantined:
            raise AisleError(
                f"{count} does not add up, which is a mistake of Aisle: nothing was imported."
            )
    return counts


def count_reasons(connection: duckdb.DuckDBPyConnection, kind: Kind) -> list[Reason]:
    """Return why rows were refused, the most frequent reason first."""
    found = connection.execute((SQL / "count_reasons.sql").read_text()).fetchall()
    return [Reason(kind, *row) for row in found]


def spelled_times(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the spellings of times that were met."""
    forms = (
        connection.table("judged")
        .filter("form is not null and reason is null")
        .project("form")
        .distinct()
    )
    return sorted(form for (form,) in forms.fetchall())


def count_repeated(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many ids of the catalogue or of the customers have more than one row."""
    rows = connection.table("judged").filter("reason is null")
    return int(rows.aggregate("id, count(*) as rows", "id").filter("rows > 1").shape[0])


def _decide_day_order(
    connection: duckdb.DuckDBPyConnection, kind: Kind, files: list[ShopFile], mapping: KindMapping
) -> None:
    """Make the table `day_orders`: whether 03/04/2020 is in April, file by file."""
    decided: dict[int, bool] = {}
    if mapping.timestamp_format in ("day_first", "month_first"):
        decided = dict.fromkeys(range(len(files)), mapping.timestamp_format == "day_first")
    elif not mapping.timestamp_format:
        for column in TIMES[kind]:
            for number, is_day_first in _surveyed(connection, kind, column, files):
                if decided.setdefault(number, is_day_first) != is_day_first:
                    raise _doubtful(kind, files[number], "its columns are written in both orders")
    orders = pa.table(
        {
            FILE: pa.array(list(decided), pa.int64()),
            "is_day_first": pa.array(list(decided.values()), pa.bool_()),
        }
    )
    connection.register("day_orders", orders)


def _surveyed(
    connection: duckdb.DuckDBPyConnection, kind: Kind, column: str, files: list[ShopFile]
) -> list[tuple[int, bool]]:
    times = connection.table("staged").project(f'{FILE}, "{column}" as value')
    times.create_view("times_seen", replace=True)
    found = connection.execute((SQL / "survey_day_order.sql").read_text()).fetchall()
    connection.execute("drop view times_seen")
    decided = []
    for number, day_first, month_first, example in found:
        if bool(day_first) == bool(month_first):
            both = "the file holds dates of both orders" if day_first else "no date of it tells"
            raise _doubtful(kind, files[number], f"{column} {example}: {both}")
        decided.append((int(number), bool(day_first)))
    return decided


def _doubtful(kind: Kind, file: ShopFile, told: str) -> AisleError:
    return AisleError(
        f"{file.name}: it is not clear whether the day or the month comes first ({told}). Say it "
        "in a mapping file and give it with --mapping. Nothing was imported.\n"
        f"{kind}:\n  timestamp_format: day_first   # or month_first, or a pattern: '%d/%m/%Y'"
    )


def _tell_decimals(
    connection: duckdb.DuckDBPyConnection, files: list[ShopFile], mapping: KindMapping
) -> None:
    """Make the table `decimals`: how the numbers of each file are written."""
    is_comma = mapping.decimal == ","
    marks = ["typed" if is_comma and file.reader.has_types else mapping.decimal for file in files]
    table = pa.table({FILE: pa.array(range(len(files)), pa.int64()), "mark": marks})
    connection.register("decimals", table)


def _name_events(connection: duckdb.DuckDBPyConnection, mapping: KindMapping) -> None:
    names = EVENT_NAMES | {
        theirs.strip().lower(): ours for theirs, ours in mapping.event_names.items()
    }
    table = pa.table({"theirs": list(names), "ours": list(names.values())})
    connection.register("event_names", table)
