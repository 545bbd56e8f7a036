"""Segments as a source: popularity of the weeks before a moment, higher where people are alike."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from training.dataset import Dataset
from training.models.two_stage.segment_source import SegmentSource, segment_source

SETTINGS = {"window_days": 28, "min_feature_count": 5, "smoothing": 10}
POOL = np.arange(16, 64)  # of which even users take the even ones, once each


@pytest.fixture
def told(rhythm: Dataset) -> Dataset:
    """The shop where users say whether they are even; the last, who never came, says so too."""
    said = [json.dumps({"kind": ("even", "odd")[user % 2]}) for user in range(61)]
    return replace(rhythm, user_features=pd.DataFrame({"attributes": said}))


def test_users_get_first_what_their_segment_buys(told: Dataset) -> None:
    source = segment_source(told, POOL, SETTINGS, 10)

    even, odd, stranger = source.scores(np.array([2, 3, 60]))
    assert set(POOL[np.argsort(-even)[:5]] % 2) == {0}
    assert set(POOL[np.argsort(-odd)[:5]] % 2) == {1}
    np.testing.assert_array_equal(stranger, even)


def test_without_attributes_all_get_the_same(rhythm: Dataset) -> None:
    source = segment_source(rhythm, POOL, SETTINGS, 10)

    first, second = source.scores(np.array([2, 3]))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float32


def test_a_past_moment_knows_nothing_of_later(told: Dataset) -> None:
    rows, since = told.interactions, told.cutoff - timedelta(weeks=6)
    cut = replace(told, cutoff=since, interactions=rows[rows["interacted_at"] < since])

    def at(dataset: Dataset) -> SegmentSource:
        return segment_source(dataset, POOL, SETTINGS, 10)

    users = np.arange(60)
    np.testing.assert_array_equal(at(told.before(since)).scores(users), at(cut).scores(users))
    assert not np.array_equal(at(told).scores(users), at(cut).scores(users))
