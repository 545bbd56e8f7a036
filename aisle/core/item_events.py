"""The events of the Segment e-commerce spec that say something about an item.

dbt keeps the same list in `macros/item_events.sql`; a test compares the two.
"""

ORDERS = "Order Completed"  # says most about taste

# What says most about taste comes first. A list that was viewed is not among them: it says what
# was shown, not what somebody wanted.
ITEM_EVENTS = (
    ORDERS,
    "Product Added",
    "Product Added to Wishlist",
    "Product Reviewed",
    "Product Clicked",
    "Product Viewed",
)
