"""The published Parquet files that features are read from, by absolute path.

The DuckDB offline store resolves a relative path against the working directory, hence AISLE_HOME.
`published/current` is a link: Feast follows it at each read, so an apply outlives a publication.
The lists are written by `aisle publish-recommendations` and pushed: Feast need not find the file.
"""

import os
from pathlib import Path

from feast import FileSource, PushSource

HOME = Path(os.environ["AISLE_HOME"])
PUBLISHED = HOME / "published" / "current"
LISTS = HOME / "recommendations" / "current"


def published(
    table: str, timestamp_field: str, description: str, *, known_at: str | None = None
) -> FileSource:
    """Return the source of one published table; `known_at` is the column of when it was known."""
    return FileSource(
        name=table,
        path=str(PUBLISHED / f"{table}.parquet"),
        timestamp_field=timestamp_field,
        created_timestamp_column=known_at,
        description=description,
    )


users = published("user_versions", "valid_from", "One row per user and change of their record.")
visitors = published("dim_visitors", "linked_at", "One row per device and user seen on it.")
items = published("item_versions", "valid_from", "One row per item and change of its record.")
user_features = published(
    "user_features", "as_of_date", "One row per active user and date.", known_at="known_at"
)
item_features = published(
    "item_features", "as_of_date", "One row per active item and date.", known_at="known_at"
)

recommendation_lists = PushSource(
    name="recommendation_lists",
    batch_source=FileSource(
        name="recommendations_by_user",
        path=str(LISTS / "by_user.parquet"),
        timestamp_field="generated_at",
    ),
    description="One row per user: the items that the champion recommends.",
)
