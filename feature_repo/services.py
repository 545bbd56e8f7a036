"""The versioned sets of features that models ask for. A changed set gets a new version."""

from entities import OWNER
from feast import FeatureService
from views import item_activity, item_attributes, user_activity, user_attributes

recommender_v1 = FeatureService(
    name="recommender_v1",
    features=[user_attributes, user_activity, item_attributes, item_activity],
    description="Everything the recommenders read about users and items.",
    owner=OWNER,
    tags={"model": "aisle-recommender"},
)
