"""How the model's rows become an answer: only what is on sale, and popular for who said no."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from aisle.core.columns import (
    FALLBACK,
    ITEM_ID,
    RANK,
    RECOMMENDATION,
    SCORE,
    SESSION,
    SOURCE,
    USER_ID,
)
from aisle.serving.answers import RecommendedItem
from aisle.serving.registry import Recommender
from aisle.serving.shop import Shop

POPULAR = "popular"
NO_CONSENT = "no_consent"
NOTES = {
    POPULAR: "The model has nothing personal for this user: "
    "these are the items that are popular right now.",
    NO_CONSENT: "This user does not want personal recommendations: "
    "these are the items that are popular right now.",
}
NOBODY = "aisle:nobody"  # an id that no shop gives away: every model answers what is popular
ASKED_AS = "asked_as"
ASK_DEEPER = 4  # times as many items when too many of those that came are off sale


def request_frame(
    user_ids: Sequence[str], limit: int, context: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return requests as the registered model takes them; `context` holds for all of them.

    The items of a visit are not recommended in it again.
    """
    frame = pd.DataFrame({USER_ID: list(user_ids), "k": [limit] * len(user_ids)})
    if not context:
        return frame
    frame = frame.assign(context=json.dumps(context))
    seen = list(context.get(SESSION, ()))
    if not seen:
        return frame
    excluded = pd.Series([seen] * len(user_ids), index=frame.index, dtype=object)
    return frame.assign(exclude=excluded)


def recommend(
    model: Recommender,
    user_ids: Sequence[str],
    limit: int,
    shop: Shop,
    context: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return up to `limit` rows per user, in the order of the users and then of rank.

    The columns are those of every recommendation and `fallback`: null for a personal answer,
    `popular` when the model has nothing personal, `no_consent` for a user who wants none. While
    no published build says who refused, everyone gets what is popular. A user asked for by an
    earlier name gets the answer of the present one. `context` is what the model is told beside
    (`aisle.serving.occasion`); who refused is asked for without it.
    """
    asked = pd.DataFrame({USER_ID: list(user_ids)})
    users = [shop.identities.user(user) for user in user_ids]
    asked[ASKED_AS] = [user if shop.may_be_personal(user) else NOBODY for user in users]
    people = list(dict.fromkeys(asked[ASKED_AS]))
    told = context if NOBODY not in people else None
    found = _on_sale(model, people, limit, shop.off_sale, told).rename(columns={USER_ID: ASKED_AS})
    rows = asked.merge(found, on=ASKED_AS, how="inner", sort=False)
    rows[FALLBACK] = _fallbacks(rows, shop)
    return rows[[*RECOMMENDATION, FALLBACK]]


def recommended_items(rows: pd.DataFrame, shop: Shop) -> list[RecommendedItem]:
    """Return one user's rows as items with titles, best first."""
    return [
        RecommendedItem(
            item_id=str(row[ITEM_ID]),
            title=shop.title_of(str(row[ITEM_ID])),
            score=float(row[SCORE]),
            rank=int(row[RANK]),
            source=str(row[SOURCE]),
        )
        for row in rows.sort_values(RANK).to_dict(orient="records")
    ]


def fallback_of(rows: pd.DataFrame) -> str | None:
    """Return the link of the fallback chain that answered one user; None when it is personal."""
    return None if rows.empty else cast("str | None", rows[FALLBACK].iloc[0])


def _on_sale(
    model: Recommender,
    user_ids: list[str],
    limit: int,
    off_sale: Collection[str],
    context: Mapping[str, Any] | None,
) -> pd.DataFrame:
    """Return the best `limit` items on sale per user, asking deeper where too many are off."""
    answers, depth = [], limit
    while user_ids:
        given = model.predict(request_frame(user_ids, depth, context))
        is_on_sale = np.array([item not in off_sale for item in given[ITEM_ID]], dtype=bool)
        rows = _ranked(given[is_on_sale])
        user_ids = _left_short(given, rows, limit, depth)
        answers.append(rows[(rows[RANK] <= limit) & ~rows[USER_ID].isin(user_ids)])
        depth *= ASK_DEEPER
    return pd.concat(answers)


def _ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows numbered from 1 per user, in the order of the ranks they had."""
    ordered = rows.sort_values([USER_ID, RANK])
    return ordered.assign(**{RANK: ordered.groupby(USER_ID).cumcount() + 1})


def _left_short(given: pd.DataFrame, rows: pd.DataFrame, limit: int, depth: int) -> list[str]:
    """Return the users who lack items although the model may know more of them."""
    counts = given.groupby(USER_ID).size()
    left = rows.groupby(USER_ID).size().reindex(counts.index, fill_value=0)
    return [str(user) for user in counts.index[(counts >= depth) & (left < limit)]]


def _fallbacks(rows: pd.DataFrame, shop: Shop) -> list[str | None]:
    is_popular = rows[SOURCE].eq(POPULAR).groupby(rows[USER_ID]).transform("all")
    is_refused = rows[USER_ID].map(shop.identities.user).isin(shop.refused)
    return [
        NO_CONSENT if refused else POPULAR if popular else None
        for refused, popular in zip(is_refused, is_popular, strict=True)
    ]
