"""Which users are asked about which items at a cutoff, and which of these they then bought."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from aisle.core.columns import INTERACTED_AT, ITEM_ID, USER_ID
from aisle.core.errors import AisleError
from aisle.core.windows import Window
from training.split import known_before

POPULAR_DAYS = timedelta(days=28)
ACTIVE_DAYS = timedelta(days=91)
POPULAR_FROM = 500  # most bought items, of which a user is asked about some


@dataclass(frozen=True)
class Sampling:
    """How many users, and how many candidates of each kind for each of them."""

    users: int
    own: int  # the latest items a user has met
    popular: int
    random: int  # of all items somebody bought lately


@dataclass(frozen=True)
class Candidates:
    """Rows of one window, sorted by user: what was bought is known afterwards only."""

    window: Window
    rows: pd.DataFrame  # user_id, item_id: text
    is_bought: np.ndarray  # rows

    @property
    def group_starts(self) -> np.ndarray:
        """Where each user's rows begin."""
        users = self.rows[USER_ID].to_numpy()
        return np.flatnonzero(np.concatenate([[True], users[1:] != users[:-1]]))


def sample_candidates(
    interactions: pd.DataFrame, window: Window, sampling: Sampling, seed: int
) -> Candidates:
    """Return candidates of users with history who bought something in the window.

    What they bought and was no candidate is left out: that an item is among the rows must not
    tell that it was bought. Users none of whose candidates was bought are left out, too.
    """
    chance = np.random.default_rng(seed)
    moments = interactions[INTERACTED_AT]
    before = interactions[known_before(interactions, window.cutoff)]
    bought = interactions[(moments >= window.cutoff) & (moments < window.end)]
    buyers = np.intersect1d(bought[USER_ID].astype(str), before[USER_ID].astype(str))
    if buyers.size == 0:
        raise AisleError(
            f"No user with history bought anything from {window.cutoff} to {window.end}: import "
            "more history, or choose a longer --horizon-days."
        )
    chosen = np.sort(chance.permutation(buyers)[: sampling.users])
    kinds = [
        _own(before, chosen, sampling.own),
        _drawn(chance, _popular(before, window), chosen, sampling.popular),
        _drawn(chance, _active(before, window), chosen, sampling.random),
    ]
    rows = pd.concat(kinds).drop_duplicates().sort_values([USER_ID, ITEM_ID], ignore_index=True)
    is_bought = _are_among(rows, bought)
    is_told = pd.Series(is_bought).groupby(rows[USER_ID]).transform("any").to_numpy(dtype=bool)
    return Candidates(window, rows[is_told].reset_index(drop=True), is_bought[is_told])


def _own(before: pd.DataFrame, users: np.ndarray, count: int) -> pd.DataFrame:
    """Return the latest distinct items of each user."""
    mine = before[before[USER_ID].isin(users)]
    pairs = pd.DataFrame({name: mine[name].astype(str) for name in (USER_ID, ITEM_ID)})
    latest = pairs.iloc[::-1].drop_duplicates()
    return latest.groupby(USER_ID, sort=False).head(count)


def _popular(before: pd.DataFrame, window: Window) -> np.ndarray:
    recent = before[before[INTERACTED_AT] >= window.cutoff - POPULAR_DAYS]
    buyers = recent[[USER_ID, ITEM_ID]].astype(str).drop_duplicates()[ITEM_ID].value_counts()
    ordered = buyers.reset_index().sort_values(["count", ITEM_ID], ascending=[False, True])
    return ordered[ITEM_ID].to_numpy(dtype=object)[:POPULAR_FROM]


def _active(before: pd.DataFrame, window: Window) -> np.ndarray:
    recent = before[before[INTERACTED_AT] >= window.cutoff - ACTIVE_DAYS]
    return np.unique(recent[ITEM_ID].astype(str).to_numpy(dtype=object))


def _drawn(
    chance: np.random.Generator, items: np.ndarray, users: np.ndarray, count: int
) -> pd.DataFrame:
    """Return some of the items for each user, drawn for each anew."""
    count = min(count, items.size)
    places = [chance.choice(items.size, count, replace=False) for _ in users]
    drawn = items[np.concatenate([np.empty(0, dtype=int), *places])]
    return pd.DataFrame({USER_ID: np.repeat(users, count), ITEM_ID: drawn})


def _are_among(rows: pd.DataFrame, bought: pd.DataFrame) -> np.ndarray:
    pairs = pd.MultiIndex.from_arrays([bought[name].astype(str) for name in (USER_ID, ITEM_ID)])
    found: np.ndarray = pd.MultiIndex.from_frame(rows[[USER_ID, ITEM_ID]]).isin(pairs.unique())
    return found
