"""Visits under way: pushed click by click, so that the next request sees the last one.

`session_features_live` has the columns of the mart `session_features` that a visit's own events
decide; `aisle/core/sessions.py` computes them as dbt does, and a test compares the two.
"""

from datetime import timedelta

import sources
from entities import OWNER, session, visitor
from feast import FeatureView, FileSource, PushSource
from feast.types import Array, Float64, Int64, String, UnixTimestamp
from views import fields

# dbt's var session_timeout_minutes: after such a pause the next event begins another visit.
PAUSE = timedelta(minutes=30)

live_sessions = PushSource(
    name="live_sessions",
    batch_source=FileSource(
        name="closed_sessions",
        path=str(sources.PUBLISHED / "session_features.parquet"),
        timestamp_field="as_of_date",
        description="One row per visit that is over, from the moment it was.",
    ),
    description="One row per visit under way, after its newest event.",
)
# Only ever online: the file of its batch source is never written.
live_visitors = PushSource(
    name="live_visitors",
    batch_source=FileSource(
        name="visitors_under_way",
        path=str(sources.HOME / "feast" / "visitors_under_way.parquet"),
        timestamp_field="event_at",
    ),
    description="One row per device: the visit that it is in.",
)

session_features_live = FeatureView(
    name="session_features_live",
    entities=[session],
    source=live_sessions,
    ttl=PAUSE,
    schema=[
        *fields(UnixTimestamp, {"started_at": "time of the first event"}),
        *fields(
            Float64,
            {
                "duration_seconds": "seconds from the first to the newest event",
                "mean_seconds_between_events": "the same over the number of steps",
            },
        ),
        *fields(
            Int64,
            {
                "start_hour": "hour of the first event, UTC",
                "start_weekday": "weekday of the first event, 1 is Monday, UTC",
                "events": "events of any kind",
                "pages": "pages and screens",
                "product_views": "Product Viewed",
                "product_clicks": "Product Clicked",
                "adds": "Product Added",
                "wishes": "Product Added to Wishlist",
                "removals": "Product Removed",
                "searches": "Products Searched",
                "checkouts": "Checkout Started",
                "orders": "Order Completed, sent within the visit",
                "kinds_of_events": "different names of events",
                "items": "different items that an event named",
                "categories": "their different categories",
            },
        ),
        *fields(
            Array(String),
            {
                "item_ids": "the items that events named, in their order",
                "item_events": "the name of each of these events",
            },
        ),
    ],
    description="What somebody has done up to now in the visit under way.",
    owner=OWNER,
    tags={"entity": "session", "kind": "activity", "personal_data": "yes"},
)

visitor_session = FeatureView(
    name="visitor_session",
    entities=[visitor],
    source=live_visitors,
    ttl=PAUSE,
    schema=fields(
        String,
        {
            "session_id": "the visit that the device is in",
            "events": "JSON text of its events, from which the next one is counted on",
        },
    ),
    description="The visit that a device is in, and what the next event needs to know of it.",
    owner=OWNER,
    tags={"entity": "visitor", "kind": "state", "personal_data": "yes"},
)
