"""Features of pairs, counted the slow way: straight from the interactions, for each date anew."""

from datetime import datetime, timedelta

import pandas as pd

KINDS = {
    "orders": ("Order Completed",),
    "views": ("Product Viewed",),
    "clicks": ("Product Clicked",),
    "adds": ("Product Added", "Product Added to Wishlist"),
}
LONG, SHORT = (1, 7, 28, 91, 364), (1, 7, 28, 91)
WINDOWS = {"orders": LONG, "views": LONG, "clicks": SHORT, "adds": SHORT, "spend": LONG}
HALF_LIVES = {
    "orders": (7, 28, 91, 182),
    "spend": (7, 28, 91, 182),
    "views": (7, 28),
    "clicks": (7, 28),
    "adds": (7, 28),
}
DAY = timedelta(days=1)
PAIR = ["as_of_date", "user_id", "item_id"]


def known_events(pairs: pd.DataFrame, interactions: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return what each pair of each date had done by then, with its age in days."""
    events = pairs[PAIR].merge(interactions, on=["user_id", "item_id"])
    is_now = events["as_of_date"] == now
    known_until = events["as_of_date"] + is_now * timedelta(microseconds=1)
    events["age_days"] = (known_until - events["interacted_at"]) / DAY
    return events[events["known_at"] < known_until]


def counted(events: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return every window and half-life of `known_events`, added up by `keys`."""
    amounts = {name: events["event"].isin(kinds) * 1.0 for name, kinds in KINDS.items()}
    amounts["spend"] = events["value"].fillna(0)
    columns = {}
    for name, amount in amounts.items():
        for days in WINDOWS[name]:
            columns[f"{name}_{days}d"] = amount.where(events["age_days"] <= days, 0)
        for days in HALF_LIVES[name]:
            columns[f"{name}_hl{days}d"] = amount * 0.5 ** (events["age_days"] / days)
    return events[keys].assign(**columns).groupby(keys).sum()


def different(events: pd.DataFrame, keys: list[str], what: str) -> pd.DataFrame:
    """Return how many different items or users were in the orders, by window and half-life."""
    orders = events[events["event"] == "Order Completed"]
    newest = orders.groupby([*dict.fromkeys([*keys, *PAIR])], as_index=False)["age_days"].min()
    columns = {f"{what}_{d}d": (newest["age_days"] <= d) * 1.0 for d in WINDOWS["orders"]}
    columns |= {f"{what}_hl{d}d": 0.5 ** (newest["age_days"] / d) for d in HALF_LIVES["orders"]}
    return newest[keys].assign(**columns).groupby(keys).sum()


def purchase_gaps(events: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the mean and variance of the days from a user's purchase of an item to their next."""
    orders = events[events["event"] == "Order Completed"].sort_values("interacted_at")
    of_pair = orders.groupby([*dict.fromkeys([*keys, *PAIR])])["interacted_at"]
    gaps = orders.assign(gap_days=of_pair.diff() / DAY).groupby(keys)["gap_days"]
    names = {"mean": "mean_days_between_purchases", "var": "variance_days_between_purchases"}
    return gaps.agg(["mean", "var"]).rename(columns=names)


def assert_counted(mart: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare the columns of `expected` with those of a mart that has its index as its key."""
    found = mart.set_index(expected.index.names)[list(expected.columns)]
    wanted = expected.reindex(found.index)
    counts = [name for name in wanted if "between_purchases" not in name]
    wanted[counts] = wanted[counts].fillna(0)
    pd.testing.assert_frame_equal(
        found, wanted, check_dtype=False, check_index_type=False, rtol=1e-6, atol=1e-4
    )
