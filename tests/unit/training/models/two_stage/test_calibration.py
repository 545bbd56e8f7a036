"""Probabilities that come true."""

import numpy as np
import pytest
from scipy import sparse

from training.models.two_stage.calibration import Calibration, calibrate, reliability
from training.models.two_stage.learning import Scored
from training.models.two_stage.log_odds import log_odds

USERS, ITEMS = 200, 100


@pytest.fixture
def boastful() -> tuple[Scored, sparse.csr_matrix]:
    """A model that says twice the log odds of what is true, and a window of purchases."""
    random = np.random.default_rng(3)
    truth = random.uniform(0.02, 0.6, (USERS, ITEMS))
    said = 1 / (1 + np.exp(-2 * log_odds(truth)))
    is_owned = np.tile(np.arange(ITEMS) % 2 == 0, USERS)
    bought = sparse.csr_matrix(random.random((USERS, ITEMS)) < truth)
    candidates = sparse.csr_matrix(said.astype(np.float32))
    return Scored(candidates, is_owned, candidates.astype(bool)), bought


def test_the_line_undoes_what_was_boasted(boastful: tuple[Scored, sparse.csr_matrix]) -> None:
    scored, bought = boastful

    calibration, curves = calibrate(scored, bought)

    assert calibration.seen == pytest.approx((0.5, 0), abs=0.06)
    assert calibration.new == pytest.approx((0.5, 0), abs=0.06)
    assert {point.name for point in curves} == {
        f"validation_{state}_{kind}_share"
        for state in ("raw", "calibrated")
        for kind in ("predicted", "observed")
    }
    assert Calibration.of(calibration.document()) == calibration


def test_corrected_probabilities_come_true(boastful: tuple[Scored, sparse.csr_matrix]) -> None:
    scored, bought = boastful
    calibration, curves = calibrate(scored, bought)

    value = {(point.name, point.step): point.value for point in curves}
    for step in range(10):
        predicted = value["validation_calibrated_predicted_share", step]
        assert predicted == pytest.approx(
            value["validation_calibrated_observed_share", step], abs=0.05
        )
    corrected = calibration.apply(scored.candidates.data, scored.is_owned)
    assert (np.argsort(corrected[::2]) == np.argsort(scored.candidates.data[::2])).mean() > 0.99


def test_too_few_purchases_change_nothing(boastful: tuple[Scored, sparse.csr_matrix]) -> None:
    scored, bought = boastful
    nothing = sparse.csr_matrix(bought.shape, dtype=bool)

    calibration, curves = calibrate(scored, nothing)

    assert calibration == Calibration.identity()
    assert curves == []
    np.testing.assert_array_equal(
        calibration.apply(scored.candidates.data, scored.is_owned), scored.candidates.data
    )


def test_every_bin_holds_a_tenth_of_the_purchases() -> None:
    probability = np.linspace(0.01, 0.99, 1000)
    is_bought = np.arange(1000) % 2 == 0

    points = reliability("raw", probability, is_bought)

    observed = [point.value for point in points if "observed" in point.name]
    assert len(observed) == 10
    assert observed == pytest.approx([0.5] * 10, abs=0.02)
