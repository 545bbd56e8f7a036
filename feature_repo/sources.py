"""The published Parquet files that features are read from, by absolute path.

The DuckDB offline store resolves a relative path against the working directory, hence AISLE_HOME.
`published/current` is a link: Feast follows it at each read, so an apply outlives a publication.
"""

import os
from pathlib import Path

from feast import FileSource

PUBLISHED = Path(os.environ["AISLE_HOME"]) / "published" / "current"


def published(table: str, timestamp_field: str, description: str) -> FileSource:
    """Return the source of one published table."""
    return FileSource(
        name=table,
        path=str(PUBLISHED / f"{table}.parquet"),
        timestamp_field=timestamp_field,
        description=description,
    )


users = published("dim_users", "known_at", "One row per user.")
items = published("dim_items", "known_at", "One row per item.")
user_features = published("user_features", "as_of_date", "One row per active user and date.")
item_features = published("item_features", "as_of_date", "One row per sold item and date.")
