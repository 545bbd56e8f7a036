"""A stratified sample says of all users what judging all of them would say."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.sampling import SMALLEST, UNKNOWN, Sample, sampled, stratified_sample, told_segment
from training.split import Truth

USERS = 900


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """A third told their age; every third user is heavy, every tenth new."""
    user = np.arange(USERS)
    orders = np.where(user % 10 == 0, 0, np.where(user % 3 == 0, 8, 2))
    lines = [(one, 0, one * 10 + order) for one in user for order in range(orders[one])]
    ages = [f'{{"age": "{20 + one % 2}", "id": "{one}"}}' if one % 3 == 1 else None for one in user]
    return Dataset(
        cutoff=datetime(2024, 3, 4),
        user_ids=user,
        item_ids=np.arange(1),
        interactions=pd.DataFrame(lines, columns=["user_index", "item_index", "order_index"]),
        user_features=pd.DataFrame(
            {"attributes": ages, "consent_personalization": user % 2 == 0, "orders_28d": user}
        ),
        item_features=pd.DataFrame(index=range(1)),
    )


def quality(dataset: Dataset) -> np.ndarray:
    """Return what each user's metric might be: heavy users are served better, and it varies."""
    baskets = np.bincount(dataset.interactions["user_index"], minlength=USERS)
    values: np.ndarray = np.random.default_rng(3).random(USERS) * 0.4 + baskets * 0.07
    return values


def test_bounds_hold_the_full_value_about_95_times_in_100_and_are_narrow(dataset: Dataset) -> None:
    values, everybody = quality(dataset), np.arange(USERS)
    covered, widths = 0, []
    for seed in range(200):
        sample = stratified_sample(dataset, everybody, 120, seed=seed)
        found = sample.estimate(values[sample.users])
        covered += found.low <= values.mean() <= found.high
        widths.append(found.high - found.low)

    assert 178 <= covered <= 199  # Binomial(200, .95) 999 times in 1,000; seeds are fixed anyway
    left = 1 - 120 / USERS
    by_chance = 2 * 1.96 * np.sqrt(left * values.var(ddof=1) / 120)
    assert np.mean(widths) < 0.7 * by_chance


def test_every_stratum_is_drawn_in_proportion(dataset: Dataset) -> None:
    sample = stratified_sample(dataset, np.arange(USERS), 300)

    drawn = np.bincount(sample.strata, minlength=sample.sizes.size)
    np.testing.assert_allclose(drawn / sample.sizes, 1 / 3, atol=0.05)
    assert sample.sizes.sum() == USERS
    assert (sample.sizes >= SMALLEST).all()
    assert np.unique(sample.users).size == sample.users.size


def test_asking_for_more_than_there_are_gives_all_and_no_doubt(dataset: Dataset) -> None:
    judged = np.arange(100, 150)

    sample = stratified_sample(dataset, judged, 5000)

    assert sample.users.tolist() == judged.tolist()
    found = sample.estimate(quality(dataset)[judged])
    assert found.low == found.high == pytest.approx(quality(dataset)[judged].mean())


def test_the_attribute_most_users_told_makes_segments_an_id_does_not(dataset: Dataset) -> None:
    segments = told_segment(dataset)

    assert set(segments) == {UNKNOWN, "20", "21"}
    assert (segments[np.arange(USERS) % 3 != 1] == UNKNOWN).all()


def test_a_shop_that_knows_nothing_of_users_is_sampled_by_activity(dataset: Dataset) -> None:
    bare = Dataset(**{**vars(dataset), "user_features": pd.DataFrame(index=range(USERS))})

    assert stratified_sample(bare, np.arange(USERS), 90).sizes.size == 3


def test_nobody_to_judge_gives_an_empty_sample(dataset: Dataset) -> None:
    sample = stratified_sample(dataset, np.empty(0, dtype=int), 10)

    assert sample.users.size == 0
    assert np.isnan(sample.estimate(np.empty(0)).mean)


def test_a_sample_of_nobody_is_refused(dataset: Dataset) -> None:
    with pytest.raises(AisleError, match="sample of 0"):
        stratified_sample(dataset, np.arange(9), 0)


def test_the_truth_of_a_sample_is_that_of_its_users() -> None:
    relevant = sparse.csr_matrix(np.array([[1, 0], [1, 1], [0, 1]], dtype=bool))
    sample = Sample(np.array([1]), np.array([0]), np.array([3]))

    found = sampled(Truth("next", relevant), sample)

    assert found.users.tolist() == [1]
    assert found.relevant[1].indices.tolist() == [0, 1]
