"""One row per user instead of one per item: for the online store, and for tools of e-mail."""

from datetime import datetime

import pandas as pd

from aisle.core.columns import (
    AS_OF,
    FALLBACK,
    GENERATED_AT,
    ITEM_ID,
    MODEL_VERSION,
    RANK,
    SCORE,
    TITLE,
    USER_ID,
)
from aisle.serving.list_files import ITEM_IDS, SCORES

OF_THE_USER = [USER_ID, FALLBACK, MODEL_VERSION, AS_OF]


def one_row_per_user(rows: pd.DataFrame, generated_at: datetime) -> pd.DataFrame:
    """Return the lists with all items of a user in two columns of lists, best first."""
    lists = rows.groupby(USER_ID, sort=False).agg(
        **{ITEM_IDS: (ITEM_ID, list), SCORES: (SCORE, list)}
    )
    users = rows[OF_THE_USER].drop_duplicates(USER_ID)
    wide = users.merge(lists, left_on=USER_ID, right_index=True)
    return wide.assign(**{GENERATED_AT: pd.Timestamp(generated_at, tz="UTC")})


def one_line_per_contact(rows: pd.DataFrame, k: int) -> pd.DataFrame:
    """Return the lists with `item_id_1, title_1, … item_id_k, title_k` beside each user."""
    flat = rows.pivot(index=USER_ID, columns=RANK, values=[ITEM_ID, TITLE])
    columns = [(kind, rank) for rank in range(1, k + 1) for kind in (ITEM_ID, TITLE)]
    flat = flat.reindex(columns=pd.MultiIndex.from_tuples(columns))
    flat.columns = pd.Index([f"{kind}_{rank}" for kind, rank in columns])
    users = rows[OF_THE_USER].drop_duplicates(USER_ID)
    return users.merge(flat, left_on=USER_ID, right_index=True)
