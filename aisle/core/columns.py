"""Names of columns that cross a border between parts, spelled once."""

USER_ID = "user_id"
ITEM_ID = "item_id"
ORDER_ID = "order_id"
INTERACTED_AT = "interacted_at"

SCORE = "score"
RANK = "rank"
SOURCE = "source"
RECOMMENDATION = [USER_ID, ITEM_ID, SCORE, RANK, SOURCE]

TITLE = "title"
CATEGORY = "category"
BRAND = "brand"
ATTRIBUTES = "attributes"
SESSION = "session"

FALLBACK = "fallback"
MODEL_VERSION = "model_version"
AS_OF = "as_of"
GENERATED_AT = "generated_at"
