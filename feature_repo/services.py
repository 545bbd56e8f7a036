"""The versioned sets of features that models ask for. A changed set gets a new version."""

from entities import OWNER
from feast import FeatureService
from session_views import session_features_live
from views import item_activity, item_attributes, user_activity, user_attributes

# Whether an item is on sale, or still listed, is known of today only: at a past cutoff it would
# tell a model the future. Serving follows these flags by itself.
TIMELESS_ATTRIBUTES = ["category", "brand", "attributes", "price"]

# A version keeps the features that models were trained on: what is added to a view stays out of it.
USER_ACTIVITY_V1 = [
    "orders_28d",
    "orders_91d",
    "orders_364d",
    "items_28d",
    "items_91d",
    "items_364d",
    "spend_28d",
    "spend_91d",
    "spend_364d",
    "mean_basket_size_364d",
    "mean_basket_value_364d",
    "days_since_last_order",
    "mean_days_between_orders",
    "repeat_line_share_364d",
]
ITEM_ACTIVITY_V1 = [
    "orders_7d",
    "orders_28d",
    "orders_91d",
    "orders_364d",
    "users_7d",
    "users_28d",
    "users_91d",
    "users_364d",
    "order_trend_28d",
    "mean_unit_value_364d",
    "days_since_last_sale",
    "rebuy_rate",
]
USER_ATTRIBUTES_V1 = ["attributes", "consent_personalization"]

recommender_v1 = FeatureService(
    name="recommender_v1",
    features=[
        user_attributes[USER_ATTRIBUTES_V1],
        user_activity[USER_ACTIVITY_V1],
        item_attributes[TIMELESS_ATTRIBUTES],
        item_activity[ITEM_ACTIVITY_V1],
    ],
    description="Everything the recommenders read about users and items.",
    owner=OWNER,
    tags={"model": "aisle-recommender"},
)

recommender_v2 = FeatureService(
    name="recommender_v2",
    features=[
        user_attributes[USER_ATTRIBUTES_V1],
        user_activity,
        item_attributes[TIMELESS_ATTRIBUTES],
        item_activity,
        session_features_live,
    ],
    description="The whole grid of users and items, and the visit under way.",
    owner=OWNER,
    tags={"model": "aisle-recommender"},
)
