"""What a user's own purchases of one item, or of one group of items, say about the next one."""

import numpy as np

from training.models.two_stage.purchases import Purchases, first_of_runs
from training.models.two_stage.tables import Table

FREQUENCY_SCALE = 10
NEVER_WEEKS = 60.0  # age of what never happened
SHORTEST_GAP = 0.15  # weeks
PAIR_HALF_LIVES = (1.5, 4.0, 10.0, 26.0)
GROUP_HALF_LIVES = (3.0, 13.0, 40.0)


def pair_table(history: Purchases) -> Table:
    """Return a row per user and item bought: how often, how lately, how regularly, how overdue."""
    starts = history.starts
    users, items = history.user[starts], history.item[starts]
    columns = _rhythm(history.age, starts, "own")
    for half_life in PAIR_HALF_LIVES:
        columns[f"own_count_{half_life:g}"] = _decayed(history.age, starts, half_life)
    columns |= _per_basket(history, users, columns)
    logged = {name: _logged(name, value) for name, value in columns.items()}
    return Table(history.keys(users, items), logged, _unseen(logged))


def group_table(history: Purchases, codes: np.ndarray, count: int, name: str) -> Table:
    """Return a row per user and group of items bought from; `codes` are the items' groups."""
    groups = codes[history.item]
    keys = history.user.astype(np.int64) * count + groups
    order = np.lexsort((-history.age, keys))
    keys, age = keys[order], history.age[order]
    starts = first_of_runs(keys)
    columns = _rhythm(age, starts, name)
    for half_life in GROUP_HALF_LIVES:
        columns[f"{name}_count_{half_life:g}"] = _decayed(age, starts, half_life)
    logged = {key: _logged(key, value) for key, value in columns.items()}
    return Table(keys[starts], logged, _unseen(logged))


def _rhythm(age: np.ndarray, starts: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Return counts, ages and gaps of runs of falling ages."""
    if starts.size == 0:
        empty = np.empty(0, np.float32)
        names = ("n", "last", "first", "gap", "gap_sd", "last_gap", "due")
        return {f"{name}_{part}": empty for part in names}
    ends = np.append(starts[1:], age.size) - 1
    count = (ends - starts + 1).astype(np.float32)
    first, last = age[starts], age[ends]
    before_last = age[np.maximum(ends - 1, starts)]
    gaps = np.append(age[:-1] - age[1:], 0).astype(np.float32)
    gaps[ends] = 0
    steps = np.maximum(count - 1, 1)
    mean = (first - last) / steps
    square = np.add.reduceat(gaps**2, starts) / steps
    many = count > 1
    gap = np.where(many, np.maximum(mean, SHORTEST_GAP), NEVER_WEEKS).astype(np.float32)
    return {
        f"{name}_n": count,
        f"{name}_last": last,
        f"{name}_first": first,
        f"{name}_gap": gap,
        f"{name}_gap_sd": np.sqrt(np.maximum(square - mean**2, 0)),
        f"{name}_last_gap": np.where(many, before_last - last, NEVER_WEEKS).astype(np.float32),
        f"{name}_due": last / gap,
    }


def _decayed(age: np.ndarray, starts: np.ndarray, half_life: float) -> np.ndarray:
    """Return the sum of a run's rows, each weighing 0.5 ** (age / half-life)."""
    if starts.size == 0:
        return np.empty(0, np.float32)
    return FREQUENCY_SCALE * np.add.reduceat(np.exp2(-age / np.float32(half_life)), starts)


def _per_basket(
    history: Purchases, users: np.ndarray, pair: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return how many of the user's baskets held the item, and how many came after the last."""
    baskets = history.baskets
    user_starts = np.searchsorted(baskets["user"].to_numpy(), np.arange(history.shape[0] + 1))
    # Ages fall within a user: minus age rises, so one search in (user, -age) order counts baskets.
    place = baskets["user"].to_numpy() * 1e4 - baskets["age"].to_numpy(np.float64)
    ends = user_starts[users + 1]
    after = ends - np.searchsorted(place, users * 1e4 - pair["own_last"].astype(np.float64) + 1e-4)
    since_first = ends - np.searchsorted(
        place, users * 1e4 - pair["own_first"].astype(float) - 1e-4
    )
    decayed = np.bincount(
        baskets["user"], np.exp2(-baskets["age"] / 10), minlength=history.shape[0]
    )
    short = np.bincount(baskets["user"], np.exp2(-baskets["age"] / 4), minlength=history.shape[0])
    return {
        "own_baskets_since": after.astype(np.float32),
        "own_per_basket": (pair["own_n"] / np.maximum(since_first, 1)).astype(np.float32),
        "own_share_10": (pair["own_count_10"] / 10 / (decayed[users] + 0.5)).astype(np.float32),
        "own_share_4": (pair["own_count_4"] / 10 / (short[users] + 0.5)).astype(np.float32),
    }


def _logged(name: str, values: np.ndarray) -> np.ndarray:
    """Return counts and ages on a log scale; shares as their square root."""
    part = name.split("_", 1)[1]
    is_share = part.startswith(("per_basket", "share"))
    return np.asarray(np.sqrt(values) if is_share else np.log1p(values), dtype=np.float32)


def _unseen(columns: dict[str, np.ndarray]) -> dict[str, float]:
    """Return what a pair that never met has in each column."""
    old = float(np.log1p(NEVER_WEEKS))
    ages = ("_last", "_first", "_gap", "_last_gap", "_since")
    return {name: old if name.endswith(ages) else 0.0 for name in columns}
