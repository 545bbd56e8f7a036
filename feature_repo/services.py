"""The versioned sets of features that models ask for. A changed set gets a new version."""

from embedding_views import item_text_embedding
from entities import OWNER
from feast import FeatureService
from pair_views import item_segment, user_brand, user_category, user_item
from profile_views import user_demographics, user_profile, user_sequence
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

# Left out: pictures, which a shop need not have; visits that are over, whose sum is in the profile;
# and what is no feature (lists, identities, the state of a visit).
recommender_v2 = FeatureService(
    name="recommender_v2",
    features=[
        user_attributes[USER_ATTRIBUTES_V1],
        user_activity,
        user_demographics,
        user_profile,
        user_sequence,
        item_attributes[TIMELESS_ATTRIBUTES],
        item_activity,
        item_text_embedding,
        user_item,
        user_category,
        user_brand,
        item_segment,
        session_features_live,
    ],
    description="All that is known: users, items, pairs, sequences, texts and the visit under way.",
    owner=OWNER,
    tags={"model": "aisle-recommender"},
)
