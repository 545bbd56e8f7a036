"""Who and what features describe, and the column that joins them."""

from feast import Entity, ValueType

OWNER = "data-science"

user = Entity(
    name="user",
    join_keys=["user_id"],
    value_type=ValueType.STRING,
    description="A shopper, by the shop's own id.",
    owner=OWNER,
)

visitor = Entity(
    name="visitor",
    join_keys=["anonymous_id"],
    value_type=ValueType.STRING,
    description="A device or browser, by the anonymous id of the tracking client.",
    owner=OWNER,
)

session = Entity(
    name="session",
    join_keys=["session_id"],
    value_type=ValueType.STRING,
    description="One visit, by the id that fct_sessions gives it.",
    owner=OWNER,
)

item = Entity(
    name="item",
    join_keys=["item_id"],
    value_type=ValueType.STRING,
    description="Something the shop sells, equal to products[].product_id of the events.",
    owner=OWNER,
)
