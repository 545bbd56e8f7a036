"""What the whole shop says about an item, a group of items, or a user, as of one moment."""

import numpy as np

from training.models.two_stage.purchases import Purchases

POPULARITY_WEEKS = (1, 3, 8, 26)
FIRST_TIME_WEEKS = (2, 6, 13)
REBUY_WEEKS = 3.0
PRIOR_BUYERS = 20.0  # an item's rates lean to the shop's until it has about so many buyers


def item_columns(history: Purchases) -> dict[str, np.ndarray]:
    """Return one value per item: popularity, first buyers, how often and when it is rebought."""
    count = history.shape[1]
    columns = {}
    for weeks in POPULARITY_WEEKS:
        recent = history.item[history.age <= weeks]
        columns[f"item_baskets_{weeks}"] = _log(np.bincount(recent, minlength=count))
    items, first, last, times = pair_spans(history)
    for weeks in FIRST_TIME_WEEKS:
        new = np.bincount(items[first <= weeks], minlength=count)
        columns[f"item_first_buyers_{weeks}"] = _log(new)
    buyers = np.bincount(items, minlength=count)
    columns["item_buyers"] = _log(buyers)
    columns["item_rebuy_rate"] = _rate(items, times > 1, count)
    held = first > REBUY_WEEKS
    columns["item_rebought_lately"] = _rate(items[held], last[held] <= REBUY_WEEKS, count)
    again = times > 1
    gaps = (first - last)[again] / (times[again] - 1)
    total = np.bincount(items[again], gaps, minlength=count)
    many = np.bincount(items[again], minlength=count)
    usual = gaps.mean() if gaps.size else 4.0
    columns["item_gap"] = _log((total + 3 * usual) / (many + 3))
    oldest = np.zeros(count, np.float32)
    np.maximum.at(oldest, items, first)
    columns["item_age"] = _log(oldest)
    return {name: values.astype(np.float32) for name, values in columns.items()}


def pair_spans(history: Purchases) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return per pair: its item, the ages of its first and last purchase, their number."""
    starts = history.starts
    ends = np.append(starts[1:], history.age.size)
    return history.item[starts], history.age[starts], history.age[ends - 1], ends - starts


def group_columns(
    history: Purchases, codes: np.ndarray, count: int, name: str
) -> dict[str, np.ndarray]:
    """Return one value per group: how popular it is, how often its items are rebought."""
    items, first, last, times = pair_spans(history)
    groups = codes[items]
    recent = codes[history.item[history.age <= 4]]
    held = first > REBUY_WEEKS
    return {
        f"{name}_baskets": _log(np.bincount(recent, minlength=count)),
        f"{name}_first_share": _rate(groups, first <= 6, count),
        f"{name}_rebuy_rate": _rate(groups, times > 1, count),
        f"{name}_rebought_lately": _rate(groups[held], last[held] <= REBUY_WEEKS, count),
    }


def user_columns(history: Purchases) -> dict[str, np.ndarray]:
    """Return one value per user: how often they shop, how much they take, how much of it is new."""
    users = history.shape[0]
    baskets = history.baskets
    who, age = baskets["user"].to_numpy(), baskets["age"].to_numpy()
    size = baskets["size"].to_numpy()
    columns = {}
    for weeks in (3, 9):
        near = age <= weeks
        columns[f"user_baskets_{weeks}"] = _log(np.bincount(who[near], minlength=users))
        columns[f"user_items_{weeks}"] = _log(np.bincount(who[near], size[near], minlength=users))
    columns["user_basket_size"] = _log(
        np.bincount(who, size, minlength=users) / np.maximum(np.bincount(who, minlength=users), 1)
    )
    latest = np.full(users, 60.0, np.float32)
    np.minimum.at(latest, who, age)
    columns["user_last"] = _log(latest)
    pair_user = history.user[history.starts]
    _, first, _, _ = pair_spans(history)
    for weeks in (3, 9):
        new = np.bincount(pair_user[first <= weeks], minlength=users)
        taken = np.bincount(history.user[history.age <= weeks], minlength=users)
        columns[f"user_new_share_{weeks}"] = ((new + 1) / (taken + 2)).astype(np.float32)
    columns["user_distinct"] = _log(np.bincount(pair_user, minlength=users))
    return columns


def _rate(codes: np.ndarray, is_hit: np.ndarray, count: int) -> np.ndarray:
    """Return each code's share of hits, smoothed towards the share over all."""
    overall = is_hit.mean() if is_hit.size else 0.0
    hits = np.bincount(codes, is_hit, minlength=count)
    total = np.bincount(codes, minlength=count)
    return ((hits + PRIOR_BUYERS * overall) / (total + PRIOR_BUYERS)).astype(np.float32)


def _log(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.log1p(values), dtype=np.float32)
