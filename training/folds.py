"""Hold users or items out of a dataset, fold by fold, as if the shop had not met them before.

Every user and every item belongs to exactly one fold, the same in all windows. Who is held out is
judged with what a shop knows of somebody or something new: what was told, not what happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from aisle.core.errors import AisleError
from aisle.core.windows import Window
from training.dataset import Dataset, Snapshot
from training.split import (
    COLD_ITEMS,
    COLD_USERS,
    NEWCOMERS,
    Task,
    Truth,
    kept_entries,
    known_before,
    truth,
)

FOLDS = 10
SEED = 0

CONSENT = "consent_personalization"  # is told, and says nothing of what somebody likes
# What may be known of a user or item before anything happened. Other features count what happened.
TOLD_OF_USERS = frozenset(
    {
        *("attributes", CONSENT),
        *("age_band", "gender", "region", "language", "survey_answers"),
        *("household_type", "household_size", "children"),
        *("income_band", "marital_status", "home_ownership"),
    }
)
TOLD_OF_ITEMS = frozenset({"category", "brand", "attributes", "price"})


@dataclass(frozen=True)
class Fold:
    """What one model is fitted on and asked: `dataset` holds nothing of what was held out."""

    number: int  # from 1
    window: Window
    users: np.ndarray  # held out: indices, in order
    items: np.ndarray
    dataset: Dataset
    truths: dict[Task, Truth]  # cold_users, cold_items, or both


def user_folds(
    snapshot: Snapshot, window: Window, *, folds: int = FOLDS, seed: int = SEED
) -> Iterator[Fold]:
    """Yield folds whose users have no history: what did they buy in `window`?

    Features of items still count the orders of those held out.
    """
    nothing = np.empty(0, dtype=np.intp)
    for number, users in enumerate(_shares(snapshot.user_ids.size, folds, seed), start=1):
        yield _fold(snapshot, window, number, users, nothing)


def item_folds(
    snapshot: Snapshot, window: Window, *, folds: int = FOLDS, seed: int = SEED
) -> Iterator[Fold]:
    """Yield folds whose items nobody has bought: which of them did users with history buy?

    Candidates are the fold's items that had in truth been bought before `window`.
    """
    nothing = np.empty(0, dtype=np.intp)
    for number, items in enumerate(_shares(snapshot.item_ids.size, folds, seed), start=1):
        yield _fold(snapshot, window, number, nothing, items)


def cold_folds(
    snapshot: Snapshot, window: Window, *, folds: int = FOLDS, seed: int = SEED
) -> Iterator[Fold]:
    """Yield folds with users and items held out at once: one fit answers for both.

    Held-out users are not asked for held-out items, nor the other way round; nor are these in the
    sessions that `session_questions` cuts.
    """
    users = _shares(snapshot.user_ids.size, folds, seed)
    items = _shares(snapshot.item_ids.size, folds, seed)
    for number, (some_users, some_items) in enumerate(zip(users, items, strict=True), start=1):
        yield _fold(snapshot, window, number, some_users, some_items)


def _shares(size: int, folds: int, seed: int) -> list[np.ndarray]:
    """Return the indices below `size`, shuffled into so many sorted shares."""
    if not 2 <= folds <= max(size, 2):
        raise AisleError(f"{folds} folds of {size} make no sense: choose 2 or more, none empty.")
    shuffled = np.random.default_rng(seed).permutation(size)
    return [np.sort(share) for share in np.array_split(shuffled, folds)]


def _fold(
    snapshot: Snapshot, window: Window, number: int, users: np.ndarray, items: np.ndarray
) -> Fold:
    """Return one fold without the history of `users` and of `items`."""
    is_user = _mask(users, snapshot.user_ids.size)
    is_item = _mask(items, snapshot.item_ids.size)
    dataset = snapshot.dataset(window.name)
    gone = _is_held_out(dataset.interactions, is_user, is_item)
    held = replace(
        dataset,
        interactions=dataset.interactions[~gone],
        user_features=_as_told(dataset.user_features, is_user, TOLD_OF_USERS),
        item_features=_as_told(dataset.item_features, is_item, TOLD_OF_ITEMS),
    )
    rows = snapshot.known_after(window)
    left = rows[~(known_before(rows, window.cutoff) & _is_held_out(rows, is_user, is_item))]
    truths = {}
    if users.size:
        truths[COLD_USERS] = _cold_users(left, window, is_user, is_item)
    if items.size:
        sold = np.unique(dataset.interactions["item_index"].to_numpy())
        candidates = sold[is_item[sold]]
        truths[COLD_ITEMS] = _cold_items(left, window, dataset.shape, candidates)
    return Fold(number, window, users, items, held, truths)


def _cold_users(
    left: pd.DataFrame, window: Window, is_user: np.ndarray, is_item: np.ndarray
) -> Truth:
    """Return what held-out users bought, apart from held-out items."""
    bought = truth(left, window, NEWCOMERS, (is_user.size, is_item.size)).relevant
    is_asked = np.repeat(is_user, np.diff(bought.indptr)) & ~is_item[bought.indices]
    return Truth(COLD_USERS, kept_entries(bought, is_asked))


def _cold_items(
    left: pd.DataFrame, window: Window, shape: tuple[int, int], candidates: np.ndarray
) -> Truth:
    """Return which candidates users with history bought."""
    bought = truth(left, window, "next", shape).relevant
    is_asked = _mask(candidates, shape[1])[bought.indices]
    return Truth(COLD_ITEMS, kept_entries(bought, is_asked), candidates=candidates)


def _is_held_out(rows: pd.DataFrame, is_user: np.ndarray, is_item: np.ndarray) -> np.ndarray:
    """Return which interactions are of a held-out user or item."""
    is_gone: np.ndarray = (
        is_user[rows["user_index"].to_numpy()] | is_item[rows["item_index"].to_numpy()]
    )
    return is_gone


def _as_told(features: pd.DataFrame, is_held: np.ndarray, told: frozenset[str]) -> pd.DataFrame:
    """Return features without what happened to those held out."""
    kept = {
        str(name): values if name in told else values.where(~is_held)
        for name, values in features.items()
    }
    return pd.DataFrame(kept, index=features.index)


def _mask(positions: np.ndarray, size: int) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    mask[positions] = True
    return mask
