"""The history as of any past moment."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from training.dataset import Dataset
from training.models.two_stage.groups import item_groups
from training.models.two_stage.purchases import purchases_of


def test_a_past_moment_knows_nothing_that_came_later(rhythm: Dataset) -> None:
    history = purchases_of(rhythm)

    earlier = history.before(6)

    assert history.age.max() - 6 == earlier.age.max()
    assert earlier.age.min() > 0
    kept = rhythm.interactions["interacted_at"] < rhythm.cutoff - timedelta(weeks=6)
    assert earlier.user.size == kept.sum()


def test_what_was_known_late_is_not_known_before(rhythm: Dataset) -> None:
    rows = rhythm.interactions.copy()
    is_old = rows["interacted_at"] < rhythm.cutoff - timedelta(weeks=15)
    rows.loc[is_old, "known_at"] = rhythm.cutoff - timedelta(weeks=1)
    late = purchases_of(replace(rhythm, interactions=rows))

    assert late.before(6).age.max() < 15 - 6
    assert late.user.size == purchases_of(rhythm).user.size


def test_a_window_s_purchases_are_those_within_it(rhythm: Dataset) -> None:
    history = purchases_of(rhythm)

    keys = history.bought(6, 3)

    since, until = (rhythm.cutoff - timedelta(weeks=weeks) for weeks in (6, 3))
    rows = rhythm.interactions
    within = rows[(rows["interacted_at"] >= since) & (rows["interacted_at"] < until)]
    wanted = within["user_index"].astype(int) * rhythm.shape[1] + within["item_index"]
    assert set(keys) == set(wanted)


def test_an_item_twice_in_one_basket_counts_once(rhythm: Dataset) -> None:
    twice = pd.concat([rhythm.interactions, rhythm.interactions.iloc[:50]], ignore_index=True)

    assert purchases_of(replace(rhythm, interactions=twice)).user.size == len(rhythm.interactions)


def test_groups_are_text_columns_that_several_items_share() -> None:
    features = pd.DataFrame(
        {
            "name": [f"item {number}" for number in range(12)],
            "price": np.arange(12.0),
            "attributes": ['{"maker": "a", "size": 3}', '{"maker": "b"}', None] * 4,
            "shelf": ["left", "right"] * 6,
        }
    )

    found = item_groups(features, 5)

    assert [groups.name for groups in found] == ["shelf", "attributes.maker"]
    assert found[1].codes.tolist() == [0, 1, 2] * 4
    assert found[1].count == 3
    assert item_groups(pd.DataFrame(index=range(4)), 5) == []
