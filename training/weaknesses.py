"""What a version is bad at, read from its own figures."""

from collections.abc import Iterator, Mapping

from training.bootstrap import Interval
from training.dataset import Snapshot
from training.segments import SEGMENTS
from training.wording import short, with_bounds

METRIC = "ndcg_at_10"


def weaknesses(metrics: Mapping[str, Interval], snapshot: Snapshot) -> Iterator[str]:
    """Yield a sentence for each known weakness; there always is one. Metrics have a value."""
    yield from _segments(metrics)
    yield from _discovery(metrics)
    yield from _coverage(metrics)
    yield _never_sold(snapshot)
    yield _without_history(snapshot)


def _segments(metrics: Mapping[str, Interval]) -> Iterator[str]:
    """Yield which users it serves worst, where the figures tell."""
    overall = metrics.get(f"next_{METRIC}")
    by_segment = {
        segment: metrics[f"next_{METRIC}_{segment}"]
        for segment in SEGMENTS
        if f"next_{METRIC}_{segment}" in metrics
    }
    if overall and len(by_segment) > 1:
        worst = min(by_segment, key=lambda segment: by_segment[segment].mean)
        yield (
            f"It serves {worst} users worst: next NDCG@10 {with_bounds(by_segment[worst])} against "
            f"{with_bounds(overall)} over all."
        )


def _discovery(metrics: Mapping[str, Interval]) -> Iterator[str]:
    """Yield how much harder new items are than known ones."""
    following, new = (metrics.get(f"{task}_{METRIC}") for task in ("next", "discovery"))
    if following and new:
        yield (
            f"Items new to a user are another matter: discovery NDCG@10 {with_bounds(new)} "
            f"against {with_bounds(following)} for all items."
        )


def _coverage(metrics: Mapping[str, Interval]) -> Iterator[str]:
    shown = metrics.get("next_coverage_at_20")
    if shown:
        yield (
            f"The first 20 places of all judged users show a share of {short(shown.mean)} of the "
            "catalogue; the rest is hardly ever recommended."
        )


def _never_sold(snapshot: Snapshot) -> str:
    met = snapshot.interactions["item_index"].nunique()
    never = snapshot.item_ids.size - met
    return (
        f"{never:,} of {snapshot.item_ids.size:,} items have no interaction: no evidence ranks "
        "them."
    )


def _without_history(snapshot: Snapshot) -> str:
    known = snapshot.interactions["user_index"].nunique()
    return (
        f"{snapshot.user_ids.size - known:,} of {snapshot.user_ids.size:,} users, and everybody "
        "who comes later, have no history: at best their features place them, else they get what "
        "is popular."
    )
