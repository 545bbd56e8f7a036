"""A version's weaknesses are read from its own figures."""

import numpy as np
import pandas as pd
import pytest

from training.bootstrap import Interval
from training.weaknesses import weaknesses


class Shop:
    """As much of a snapshot as matters: two of three users and one of four items have history."""

    user_ids = np.array(["u1", "u2", "u3"])
    item_ids = np.array(["i1", "i2", "i3", "i4"])
    interactions = pd.DataFrame({"user_index": [0, 0, 1], "item_index": [2, 2, 2]})


def told(**means: float) -> str:
    """Return all sentences on figures without spread."""
    metrics = {name: Interval(mean, mean, mean) for name, mean in means.items()}
    return "\n".join(weaknesses(metrics, Shop()))  # type: ignore[arg-type]


def test_the_segment_served_worst_is_named() -> None:
    figures = {"next_ndcg_at_10": 0.5, "next_ndcg_at_10_light": 0.2, "next_ndcg_at_10_heavy": 0.6}
    assert "serves light users worst: next NDCG@10 .200" in told(**figures)
    swapped = figures | {"next_ndcg_at_10_light": 0.6, "next_ndcg_at_10_heavy": 0.2}
    assert "serves heavy users worst" in told(**swapped)


@pytest.mark.parametrize("only", ["light", "heavy"])
def test_one_segment_alone_is_not_the_worst(only: str) -> None:
    assert "worst" not in told(**{"next_ndcg_at_10": 0.5, f"next_ndcg_at_10_{only}": 0.5})


def test_discovery_and_coverage_are_told_with_their_figures() -> None:
    figures = told(next_ndcg_at_10=0.5, discovery_ndcg_at_10=0.1, next_coverage_at_20=0.25)
    assert "discovery NDCG@10 .100" in figures
    assert "against .500" in figures
    assert "a share of .250" in figures


def test_without_any_figure_what_nobody_bought_and_who_is_new_is_told() -> None:
    assert told().splitlines() == [
        "3 of 4 items have no interaction: no evidence ranks them.",
        "1 of 3 users, and everybody who comes later, have no history: at best their features "
        "place them, else they get what is popular.",
    ]
