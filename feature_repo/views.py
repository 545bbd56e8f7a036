"""The features, by entity and by how long they hold."""

from datetime import timedelta

import sources
from entities import OWNER, item, user, visitor
from feast import FeatureView, Field
from feast.types import Array, Bool, FeastType, Float32, Float64, String
from grid import grid_fields

# What is known about someone or something holds until it is replaced: no time to live.
UNTIL_REPLACED = timedelta(0)
# Activity has a row every Monday for everyone who was active. A moment further than a week from
# the newest row means "no longer active", and the old counts would be wrong by then.
ACTIVE_WEEK = timedelta(days=8)
# A hundred candidates read from the online store take 15 ms of a request, so a serving process
# holds what it needs of all items itself; the item views serve training, from the Parquet files.
ITEMS_ONLINE = False


def fields(dtype: FeastType, descriptions: dict[str, str]) -> list[Field]:
    """Return one field of `dtype` per name."""
    return [Field(name=n, dtype=dtype, description=text) for n, text in descriptions.items()]


user_attributes = FeatureView(
    name="user_attributes",
    entities=[user],
    source=sources.users,
    ttl=UNTIL_REPLACED,
    schema=[
        *fields(String, {"attributes": "JSON text of what the customer file says"}),
        *fields(Bool, {"consent_personalization": "null when nobody asked"}),
    ],
    description="What a user said about themselves, from when it was so.",
    owner=OWNER,
    tags={"entity": "user", "kind": "attributes", "personal_data": "yes"},
)

visitor_identity = FeatureView(
    name="visitor_identity",
    entities=[visitor],
    source=sources.visitors,
    ttl=UNTIL_REPLACED,
    schema=[
        *fields(String, {"user_id": "whose device it is, by canonical id"}),
        *fields(Bool, {"is_anonymous": "true when that is a visitor nobody knows"}),
    ],
    description="Whose an anonymous id is, from when it was seen; null when it stands for itself.",
    owner=OWNER,
    tags={"entity": "visitor", "kind": "identity", "personal_data": "yes"},
)

item_attributes = FeatureView(
    name="item_attributes",
    entities=[item],
    source=sources.items,
    online=ITEMS_ONLINE,
    ttl=UNTIL_REPLACED,
    schema=[
        *fields(
            String,
            {
                "category": "category of the catalogue",
                "brand": "brand of the catalogue",
                "attributes": "JSON text of further catalogue columns",
            },
        ),
        *fields(Float64, {"price": "price of the catalogue, in the shop's currency"}),
        *fields(
            Bool,
            {
                "is_available": "whether it can be bought now",
                "is_in_catalogue": "false for an item that was sold and is not in the catalogue",
            },
        ),
    ],
    description="What the catalogue says about an item, from when it was so.",
    owner=OWNER,
    tags={"entity": "item", "kind": "attributes", "personal_data": "no"},
)

user_activity = FeatureView(
    name="user_activity",
    entities=[user],
    source=sources.user_features,
    ttl=ACTIVE_WEEK,
    schema=grid_fields("user_features"),
    description="What a user did up to a date; null for a user without an event in 364 days.",
    owner=OWNER,
    tags={"entity": "user", "kind": "activity", "personal_data": "yes"},
)

item_activity = FeatureView(
    name="item_activity",
    entities=[item],
    source=sources.item_features,
    online=ITEMS_ONLINE,
    ttl=ACTIVE_WEEK,
    schema=grid_fields("item_features"),
    description="What happened to an item up to a date; null without an event in 182 days.",
    owner=OWNER,
    tags={"entity": "item", "kind": "activity", "personal_data": "no"},
)

user_recommendations = FeatureView(
    name="user_recommendations",
    entities=[user],
    source=sources.recommendation_lists,
    ttl=UNTIL_REPLACED,
    schema=[
        *fields(Array(String), {"item_ids": "recommended items, best first"}),
        *fields(Array(Float32), {"scores": "their scores, comparable within one user only"}),
        *fields(
            String,
            {
                "fallback": "null when personal, else popular or no_consent",
                "model_version": "version of the registered model that recommends them",
            },
        ),
    ],
    description="The list of the last publication, for who cannot wait for the model.",
    owner=OWNER,
    tags={"entity": "user", "kind": "lists", "personal_data": "yes"},
)
