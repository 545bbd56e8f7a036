"""A placement keeps a share of its slots for items that are new to the user."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from aisle.core.columns import ITEM_ID, RANK, RECOMMENDATION, USER_ID
from aisle.core.errors import AisleError
from training.models.base import Params

PLACEMENT = "placement"


def new_share(params: Params, context: Mapping[str, Any] | None) -> float | None:
    """Return the share of slots for new items at the context's placement; None without a quota."""
    share = params.get("placements", {}).get((context or {}).get(PLACEMENT))
    if share is None:
        return None
    if not 0 <= share <= 1:
        raise AisleError(
            f"placements says {share!r}: a share of slots for new items lies between 0 and 1."
        )
    return float(share)


def new_slots(share: float, k: int) -> np.ndarray:
    """Return which of k slots are for new items, spread evenly, the first ones last."""
    filled = np.floor(np.arange(k + 1) * share + 1e-9)
    slots: np.ndarray = np.diff(filled) > 0
    return slots


def mixed(own: pd.DataFrame, new: pd.DataFrame, share: float, k: int) -> pd.DataFrame:
    """Return lists of up to k items: new ones in their slots, own ones elsewhere.

    own, new: rows of `recommend` for the same users. Where one list runs out the other fills
    up. Scores stay what they were, so they need not fall with the rank.
    """
    slots = new_slots(share, k)
    by_user = {user: rows for user, rows in new.groupby(USER_ID, sort=False)}
    lists = [
        _one_list(rows, by_user.get(user, new.iloc[:0]), slots)
        for user, rows in own.groupby(USER_ID, sort=False)
    ]
    return pd.concat(lists, ignore_index=True)[RECOMMENDATION] if lists else own


def _one_list(own: pd.DataFrame, new: pd.DataFrame, slots: np.ndarray) -> pd.DataFrame:
    """Return one user's mixed list."""
    waiting = {True: new.to_dict("records"), False: own.to_dict("records")}
    shown: dict[str, dict[Hashable, Any]] = {}
    for is_new in slots:
        for rows in (waiting[bool(is_new)], waiting[not is_new]):
            while rows and rows[0][ITEM_ID] in shown:
                rows.pop(0)
            if rows:
                row = rows.pop(0)
                row[RANK] = len(shown) + 1
                shown[row[ITEM_ID]] = row
                break
    return pd.DataFrame(shown.values()).astype({"score": np.float32})
