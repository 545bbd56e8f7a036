"""From metrics per user and window to the numbers a comparison shows, with their intervals."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from training.bootstrap import Interval, mean_interval
from training.judge import PER_USER_METRICS
from training.segments import HEAVY, LIGHT
from training.split import JUDGED, TASKS

WINDOW_METRICS = ("recall_at_10", "ndcg_at_10", "recall_at_20", "ndcg_at_20")
SEGMENT_METRICS = ("ndcg_at_10",)


def headline(per_user: pd.DataFrame) -> dict[str, Interval]:
    """Return means over users, named like `next_ndcg_at_10`, and with `_light` or `_test_1` behind.

    A user counts once: with the mean over the windows in which there was anything to find. So the
    bootstrap draws users, not rows, and knows that a user's windows resemble each other.
    """
    metrics: dict[str, Interval] = {}
    for name, rows, wanted in _views(per_user):
        by_user = rows.groupby("user_id", sort=True)[list(wanted)].mean()
        for metric in wanted:
            task, _, rest = name.partition(".")
            shown = f"{task}_{metric}" + (f"_{rest}" if rest else "")
            metrics[shown] = mean_interval(by_user[metric].to_numpy(dtype=float))
    return metrics


def _views(per_user: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, Sequence[str]]]:
    """Yield the rows of each task, of its segments and of its windows, and what to show of them."""
    for task in JUDGED:
        rows = per_user[per_user["task"] == task]
        yield task, rows, PER_USER_METRICS
        if task in TASKS:
            for segment in (LIGHT, HEAVY):
                yield f"{task}.{segment}", rows[rows["segment"] == segment], SEGMENT_METRICS
        for window in per_user["window"].unique():
            yield f"{task}.{window}", rows[rows["window"] == window], WINDOW_METRICS


def mean_coverage(by_window: Sequence[Mapping[str, float]]) -> dict[str, Interval]:
    """Return the mean over windows of the catalogue's share that was shown.

    It belongs to the set of all lists and is no mean over users: its bounds are itself.
    """
    return {
        name: _exactly(sum(w[name] for w in by_window) / len(by_window)) for name in by_window[0]
    }


def _exactly(value: float) -> Interval:
    return Interval(value, value, value)
