"""The features of pairs: user with item, category or brand, and item with segment of users.

Rows exist at the cutoffs of the next training and now, read from the Parquet files: there are too
many of them for an online store, and a serving process holds what it needs of now itself.
"""

import sources
from entities import OWNER, item, user
from feast import Entity, FeatureView, Field, ValueType
from feast.types import FeastType, Float64, Int64, String
from views import ACTIVE_WEEK, fields

PAIRS_ONLINE = False
DAYS = {1: "day", 7: "7 days", 28: "28 days", 91: "91 days", 364: "364 days"}
WINDOWS = (1, 7, 28, 91, 364)
SHORT_WINDOWS = (1, 7, 28, 91)
HALF_LIVES = (7, 28, 91, 182)
SHORT_HALF_LIVES = (7, 28)

category = Entity(
    name="category",
    join_keys=["category"],
    value_type=ValueType.STRING,
    description="A category of the catalogue.",
    owner=OWNER,
)

brand = Entity(
    name="brand",
    join_keys=["brand"],
    value_type=ValueType.STRING,
    description="A brand of the catalogue.",
    owner=OWNER,
)

segment = Entity(
    name="segment",
    join_keys=["segment"],
    value_type=ValueType.STRING,
    description="Users who are alike in one respect, such as activity:heavy.",
    owner=OWNER,
)


def windowed(
    dtype: FeastType, name: str, what: str, days: tuple[int, ...] = WINDOWS
) -> list[Field]:
    """Return one field per window, such as orders_28d."""
    return fields(dtype, {f"{name}_{d}d": f"{what} of the last {DAYS[d]}" for d in days})


def decayed(name: str, what: str, half_lives: tuple[int, ...] = HALF_LIVES) -> list[Field]:
    """Return one field per half-life, such as orders_hl28d."""
    return fields(Float64, {f"{name}_hl{d}d": f"{what}, halved every {d} days" for d in half_lives})


# What a user did with the items of a category or a brand.
OF_GROUP = [
    *windowed(Int64, "order_lines", "items in orders, repeats counted"),
    *windowed(Int64, "items", "different items ordered"),
    *windowed(Int64, "views", "views of its items"),
    *windowed(Int64, "clicks", "clicks on its items in a list", SHORT_WINDOWS),
    *windowed(Int64, "adds", "adds to cart or wish list", SHORT_WINDOWS),
    *windowed(Float64, "spend", "value"),
    *decayed("order_lines", "items in orders"),
    *decayed("items", "different items, by their last order"),
    *decayed("spend", "value"),
    *decayed("views", "views of its items", SHORT_HALF_LIVES),
    *decayed("clicks", "clicks on its items in a list", SHORT_HALF_LIVES),
    *decayed("adds", "adds to cart or wish list", SHORT_HALF_LIVES),
    *fields(
        Float64,
        {
            "order_lines_trend_28d_91d": "order lines a day of 28 days over those of 91",
            "order_line_share_364d": "share of the user's order lines of 364 days",
            "order_line_share_hl91d": "the same, halved every 91 days",
            "interaction_share_hl91d": "share of all they did, orders weigh more: the interest",
        },
    ),
]

RHYTHM = {
    "mean_days_between_orders": "mean days from one order to the next; null with less than two",
    "order_gap_variance": "their sample variance, in days squared; null with less than three",
    "overdue_ratio": "days since the last order over the mean gap; 1 is due on average",
    "days_since_last_order": "days from the last order; null without one",
    "days_since_last_event": "days from the last event of any kind",
}

user_item = FeatureView(
    name="user_item",
    entities=[user, item],
    source=sources.published(
        "user_item_features", "as_of_date", "One row per active pair of user and item, and date."
    ),
    online=PAIRS_ONLINE,
    ttl=ACTIVE_WEEK,
    schema=[
        *windowed(Int64, "orders", "orders with the item"),
        *windowed(Int64, "views", "views of the item"),
        *windowed(Int64, "clicks", "clicks on the item in a list", SHORT_WINDOWS),
        *windowed(Int64, "adds", "adds to cart or wish list", SHORT_WINDOWS),
        *windowed(Float64, "spend", "value of the item's lines"),
        *decayed("orders", "orders with the item"),
        *decayed("spend", "value of the item's lines"),
        *decayed("views", "views of the item", SHORT_HALF_LIVES),
        *decayed("clicks", "clicks on the item in a list", SHORT_HALF_LIVES),
        *decayed("adds", "adds to cart or wish list", SHORT_HALF_LIVES),
        *fields(Int64, {"orders_ever": "orders with the item so far"}),
        *fields(
            Float64,
            {
                "orders_trend_28d_91d": "orders a day of 28 days over those of 91",
                "quantity_364d": "pieces of the last 364 days",
                "days_since_first_order": "days from the first order with the item",
                "order_share_since_first": "share of the user's orders since the first with it",
                **RHYTHM,
            },
        ),
    ],
    description="What a user did with an item up to a date; null without an event in 364 days.",
    owner=OWNER,
    tags={"entity": "user, item", "kind": "activity", "personal_data": "yes"},
)

user_category = FeatureView(
    name="user_category",
    entities=[user, category],
    source=sources.published(
        "user_category_features", "as_of_date", "One row per active user, category and date."
    ),
    online=PAIRS_ONLINE,
    ttl=ACTIVE_WEEK,
    schema=[
        *OF_GROUP,
        *fields(Int64, {"orders_ever": "orders so far with any item of the category"}),
        *fields(Float64, RHYTHM),
    ],
    description="What a user did in a category up to a date; null without an event in 364 days.",
    owner=OWNER,
    tags={"entity": "user, category", "kind": "activity", "personal_data": "yes"},
)

user_brand = FeatureView(
    name="user_brand",
    entities=[user, brand],
    source=sources.published(
        "user_brand_features", "as_of_date", "One row per active user, brand and date."
    ),
    online=PAIRS_ONLINE,
    ttl=ACTIVE_WEEK,
    schema=[
        *OF_GROUP,
        *fields(
            Float64,
            {name: RHYTHM[name] for name in ("days_since_last_order", "days_since_last_event")},
        ),
    ],
    description="What a user did with a brand up to a date; null without an event in 364 days.",
    owner=OWNER,
    tags={"entity": "user, brand", "kind": "activity", "personal_data": "yes"},
)

item_segment = FeatureView(
    name="item_segment",
    entities=[item, segment],
    source=sources.published(
        "item_segment_features", "as_of_date", "One row per sold item, segment and date."
    ),
    online=PAIRS_ONLINE,
    ttl=ACTIVE_WEEK,
    schema=[
        *fields(String, {"segment_kind": "what the segment tells users apart by"}),
        *windowed(Int64, "orders", "orders by users of the segment"),
        *windowed(Int64, "users", "different buyers of the segment"),
        *windowed(Float64, "spend", "value"),
        *decayed("orders", "orders by users of the segment"),
        *decayed("users", "different buyers, by their last order"),
        *decayed("spend", "value"),
        *fields(
            Float64,
            {
                "orders_trend_28d_91d": "orders a day of 28 days over those of 91",
                "days_since_last_sale": "days from the last sale to the segment",
                "mean_days_between_purchases": "mean days to the same user's next; null without",
                "variance_days_between_purchases": "their sample variance, in days squared",
                "purchase_gap_ratio": "days since the last sale over the mean gap",
                "order_share_91d": "smoothed share of the item's orders that the segment has",
                "order_lift_91d": "smoothed orders over those expected; 1 is as everything sells",
            },
        ),
    ],
    description="How an item sold to a segment of users up to a date.",
    owner=OWNER,
    tags={"entity": "item, segment", "kind": "activity", "personal_data": "no"},
)
