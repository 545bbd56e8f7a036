"""How the model's rows become an answer."""

import pandas as pd

from aisle.core.columns import ITEM_ID, RANK, SCORE, SOURCE, USER_ID
from aisle.serving.answers import RecommendedItem
from aisle.serving.titles import Titles

POPULAR = "popular"
POPULAR_NOTE = (
    "The model has nothing personal for this user: these are the items that are popular right now."
)


def request_frame(user_ids: list[str], limit: int) -> pd.DataFrame:
    """Return requests as the registered model takes them."""
    return pd.DataFrame({USER_ID: user_ids, "k": [limit] * len(user_ids)})


def recommended_items(rows: pd.DataFrame, titles: Titles) -> list[RecommendedItem]:
    """Return one user's rows of the model as items with titles, best first."""
    return [
        RecommendedItem(
            item_id=str(row[ITEM_ID]),
            title=titles.of(str(row[ITEM_ID])),
            score=float(row[SCORE]),
            rank=int(row[RANK]),
            source=str(row[SOURCE]),
        )
        for row in rows.sort_values(RANK).to_dict(orient="records")
    ]


def fallback_of(items: list[RecommendedItem]) -> str | None:
    """Return the link of the fallback chain that answered; None when the answer is personal."""
    sources = {item.source for item in items}
    return POPULAR if sources == {POPULAR} else None
