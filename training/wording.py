"""Metrics and intervals as people read them, in every table, sentence and plot the same."""

from training.bootstrap import Interval
from training.gate_rules import measures_of
from training.metrics import RANK_METRICS

MEASURES = measures_of(RANK_METRICS)


def title(metric: str) -> str:
    """Return a metric's name as people read it: next NDCG@10 (light users)."""
    measure = MEASURES.get(metric)
    name = f"{measure.task}_{measure.metric}" if measure else metric
    shown = name.replace("_at_", "@").replace("_", " ")
    shown = shown.replace("ndcg", "NDCG").replace("map@", "MAP@").replace("mrr@", "MRR@")
    return f"{shown} ({measure.segment} users)" if measure and measure.segment else shown


def short(value: float) -> str:
    """Return a share with three decimals as tables show it: .378."""
    return f"{value:.3f}".replace("0.", ".", 1)


def with_bounds(interval: Interval) -> str:
    """Return a metric as tables show it: .378 [.370, .386]."""
    return f"{short(interval.mean)} [{short(interval.low)}, {short(interval.high)}]"


def signed(difference: Interval) -> str:
    """Return a difference with its sign and bounds: +.0005 [-.0010, +.0021]."""
    mean, low, high = (
        f"{value:+.4f}".replace("0.", ".", 1)
        for value in (difference.mean, difference.low, difference.high)
    )
    return f"{mean} [{low}, {high}]"
