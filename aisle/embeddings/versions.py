"""Since when each item has had each content: no vector is known before its text was."""

import pandas as pd

COLUMNS = ["item_id", "known_at", "content"]


def merge_versions(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return item_id, known_at and content of now and of what was published before.

    A record that is delivered again with the same content keeps the time since which it was
    known; a changed one is a new row beside the old. What was published before from the time of
    the present record on is replaced by it, and an item that is gone is left out.
    """
    if before.empty:
        return now[COLUMNS].reset_index(drop=True)
    older = before[COLUMNS].merge(
        now[COLUMNS], on="item_id", suffixes=("", "_now"), validate="many_to_one"
    )
    older = older[older["known_at"] < older["known_at_now"]]
    newest = older.sort_values("known_at").groupby("item_id").tail(1)
    unchanged = set(newest.loc[newest["content"] == newest["content_now"], "item_id"])
    added = now[~now["item_id"].isin(unchanged)]
    rows = pd.concat([older[COLUMNS], added[COLUMNS]])
    return rows.sort_values(["item_id", "known_at"]).reset_index(drop=True)
