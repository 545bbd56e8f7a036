"""The versioned sets of features that models ask for. A changed set gets a new version."""

from entities import OWNER
from feast import FeatureService
from views import item_activity, item_attributes, user_activity, user_attributes

# Whether an item is on sale, or still listed, is known of today only: at a past cutoff it would
# tell a model the future. Serving follows these flags by itself.
TIMELESS_ATTRIBUTES = ["category", "brand", "attributes", "price"]

recommender_v1 = FeatureService(
    name="recommender_v1",
    features=[user_attributes, user_activity, item_attributes[TIMELESS_ATTRIBUTES], item_activity],
    description="Everything the recommenders read about users and items.",
    owner=OWNER,
    tags={"model": "aisle-recommender"},
)
