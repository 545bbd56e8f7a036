"""Who users are and how they behave: demographics, profiles, sequences, sessions that are over."""

import sources
from entities import OWNER, session, user
from feast import FeatureView
from feast.types import Array, Bool, Float64, Int64, String
from views import ACTIVE_WEEK, UNTIL_REPLACED, fields

# A serving process knows the session that goes on by itself; one that is over serves training.
SESSIONS_ONLINE = False
PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

user_demographics = FeatureView(
    name="user_demographics",
    entities=[user],
    source=sources.published(
        "user_demographics", "as_of_date", "One row per user and moment something became known."
    ),
    ttl=UNTIL_REPLACED,
    schema=[
        *fields(
            String,
            {
                "age_band": "under 18, 18-24, 25-34, 35-44, 45-54, 55-64 or 65+",
                "gender": "female, male or other",
                "region": "region, state or else country, as told",
                "household_type": "kind of household, as told",
                "income_band": "income, as told",
                "marital_status": "marital status, as told",
                "home_ownership": "owner or renter, as told",
                "language": "language or locale, as told",
                "survey_answers": "JSON text of answers to surveys",
            },
        ),
        *fields(
            Int64,
            {
                "household_size": "people in the household",
                "children": "children in the household",
            },
        ),
    ],
    description="What users told about themselves, in the shop's records or traits.",
    owner=OWNER,
    tags={"entity": "user", "kind": "demographics", "personal_data": "yes"},
)

user_profile = FeatureView(
    name="user_profile",
    entities=[user],
    source=sources.published("user_profiles", "as_of_date", "One row per user and pair date."),
    ttl=ACTIVE_WEEK,
    schema=[
        *fields(
            String,
            {
                "activity_segment": "activity:new, activity:light or activity:heavy",
                "main_device_type_91d": "mobile, tablet, desktop or tv",
                "main_channel_364d": "the channel of most orders",
            },
        ),
        *fields(
            Int64,
            {
                "sessions_91d": "sessions of the last 91 days that are over",
                "channels_364d": "different channels of the last 364 days",
            },
        ),
        *fields(
            Float64,
            {
                "mean_session_seconds_91d": "mean length of a session in seconds",
                "mean_session_events_91d": "mean number of events of a session",
                "days_since_last_session": "days from the end of the last session",
                "main_channel_share_364d": "share of the orders that came through it",
                "discount_order_share_364d": "share of the orders with a discount",
                "discount_rate_364d": "discount over what the goods cost without it",
                "price_level_364d": "how dear within its category, 0 the cheapest to 1",
                "basket_value_variation_364d": "deviation of the orders' value over its mean",
                "basket_size_variation_364d": "deviation of their number of items over its mean",
                "order_gap_variation_364d": "deviation of the days between them over its mean",
            },
        ),
        *fields(
            Float64,
            {
                f"order_share_{part}_364d": f"share of the orders on or in a {part}, UTC"
                for part in (*PARTS_OF_DAY, *WEEKDAYS)
            },
        ),
        *fields(
            Array(String),
            {
                "top_categories": "the strongest interests by category, strongest first",
                "top_brands": "the same by brand",
            },
        ),
        *fields(
            Array(Float64),
            {
                "top_categories_strengths": "their shares of all they did, halved every 91 days",
                "top_categories_days_since": "days from the last event in each",
                "top_brands_strengths": "their shares of all they did, halved every 91 days",
                "top_brands_days_since": "days from the last event with each",
            },
        ),
    ],
    description="When, where and how a user buys, and what interests them, up to a date.",
    owner=OWNER,
    tags={"entity": "user", "kind": "profile", "personal_data": "yes"},
)

user_sequence = FeatureView(
    name="user_sequence",
    entities=[user],
    source=sources.published("user_sequences", "as_of_date", "One row per user and pair date."),
    ttl=ACTIVE_WEEK,
    schema=[
        *fields(Int64, {"sequence_length": "how many events the sequence has"}),
        *fields(
            Array(String),
            {
                "item_ids": "items of the last 50 events, the oldest first",
                "events": "the name of each of these events",
            },
        ),
        *fields(
            Array(Float64),
            {
                "gap_days": "days from the event before to each",
                "age_days": "days from each event to the row's date",
            },
        ),
    ],
    description="The last 50 events of a user on items, in their order, up to a date.",
    owner=OWNER,
    tags={"entity": "user", "kind": "sequence", "personal_data": "yes"},
)

session_history = FeatureView(
    name="session_history",
    entities=[session],
    source=sources.published(
        "session_features", "as_of_date", "One row per session, when it was over."
    ),
    online=SESSIONS_ONLINE,
    ttl=UNTIL_REPLACED,
    schema=[
        *fields(String, {"user_id": "whose it is", "device_type": "mobile, tablet, desktop or tv"}),
        *fields(Bool, {"is_anonymous": "whether nobody signed in"}),
        *fields(
            Float64,
            {
                "duration_seconds": "seconds from the first to the last event",
                "mean_seconds_between_events": "the same over the number of steps",
                "days_since_previous_session": "days from the start of the one before",
            },
        ),
        *fields(
            Int64,
            {
                "start_hour": "hour of the first event, UTC",
                "start_weekday": "weekday of the first event, 1 is Monday, UTC",
                "events": "events of any kind",
                "pages": "pages and screens",
                "product_views": "products viewed",
                "product_clicks": "products clicked in a list",
                "adds": "products added to the cart",
                "wishes": "products added to the wish list",
                "removals": "products removed from the cart",
                "searches": "searches",
                "checkouts": "checkouts started",
                "orders": "orders completed within the session",
                "kinds_of_events": "different names of events",
                "items": "different items that an event named",
                "categories": "their different categories",
                "previous_sessions": "sessions of the user that began earlier",
            },
        ),
        *fields(
            Array(String),
            {
                "item_ids": "items that events named, in their order",
                "item_events": "the name of each of these events",
            },
        ),
    ],
    description="What somebody did in one visit, known when nothing can join it any more.",
    owner=OWNER,
    tags={"entity": "session", "kind": "session", "personal_data": "yes"},
)
