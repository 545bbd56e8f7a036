"""Poison that would flatter a backtest: with the guards it moves nothing, without them it shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from feast import FeatureStore

from aisle.core.settings import Settings
from tests.integration.canary_shop import (
    NEVER,
    RECIPES,
    FeatureProbe,
    copies,
    honest_orders,
    late_orders,
    ndcg,
    outcome,
    plant_oracle,
    publish_shop,
    rows_known_late,
    rows_made_late,
    rows_missing,
)
from training import backtest
from training.models.families import FAMILIES

HONEST = honest_orders()
READ_FEATURES = FeatureStore.get_historical_features
Outcome = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def recipes() -> Iterator[None]:
    """Backtests fit a model of purchases and one that reads features."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAMILIES, "feature_probe", FeatureProbe)
        patch.setattr(backtest, "load_lineup", lambda name: RECIPES)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canary")


@pytest.fixture(scope="module")
def honest_shop(place: Path) -> Settings:
    return publish_shop(place / "honest")


@pytest.fixture(scope="module")
def honest(honest_shop: Settings) -> Outcome:
    """What the backtest says of the shop before anybody poisons it."""
    found = outcome(honest_shop)
    assert all(0.05 < ndcg(found, model) < 0.6 for model in found), found
    return found


@pytest.fixture(scope="module")
def guarded_shop(place: Path) -> Settings:
    """The shop when all that came late or twice lies in the landing zone."""
    return publish_shop(place / "guarded", [*late_orders(HONEST), *copies(HONEST)])


@pytest.fixture(scope="module")
def guarded(guarded_shop: Settings) -> Outcome:
    return outcome(guarded_shop)


def test_what_came_late_or_twice_moves_no_metric(honest: Outcome, guarded: Outcome) -> None:
    assert guarded["personal_frequency"] == honest["personal_frequency"]


def test_only_rows_that_late_orders_changed_are_withheld(guarded_shop: Settings) -> None:
    """Honest orders and copies withhold nothing; nor does a twentieth of an item's week."""
    assert rows_known_late(guarded_shop) == rows_made_late(HONEST, late_orders(HONEST))


def test_a_model_of_features_moves_by_the_rows_that_are_withheld_and_no_more(
    honest: Outcome, honest_shop: Settings, guarded: Outcome
) -> None:
    """The honest shop gives the same to the last digit, had it lost those very rows."""
    assert ndcg(guarded, "feature_probe") < ndcg(honest, "feature_probe")
    with rows_missing(honest_shop, rows_made_late(HONEST, late_orders(HONEST))):
        assert outcome(honest_shop) == guarded


def test_without_the_guard_late_orders_are_a_jump(honest: Outcome, place: Path) -> None:
    shop = publish_shop(place / "late", late_orders(HONEST), late_after_hours=NEVER)
    found = outcome(shop)
    for model in honest:
        assert ndcg(found, model) > ndcg(honest, model) + 0.1, model


def test_orders_that_come_twice_move_nothing(honest: Outcome, place: Path) -> None:
    """The guard against what comes late is off, as it holds copies back that are dated back."""
    shop = publish_shop(place / "twice", copies(HONEST), late_after_hours=NEVER)
    assert outcome(shop) == honest


def test_without_the_guard_orders_that_come_twice_are_a_jump(honest: Outcome, place: Path) -> None:
    off: dict[str, Any] = {"late_after_hours": NEVER, "deduplicate_orders": False}
    found = outcome(publish_shop(place / "counted", copies(HONEST), **off))
    assert ndcg(found, "personal_frequency") > ndcg(honest, "personal_frequency") + 0.1
    # Copies pass for purchases made again, so the feature that validation chose misleads.
    assert abs(ndcg(found, "feature_probe") - ndcg(honest, "feature_probe")) > 0.1


@pytest.fixture(scope="module")
def oracle(honest_shop: Settings, honest: Outcome) -> Settings:
    """The honest shop with a feature that says how items will sell, stamped when written."""
    plant_oracle(honest_shop)
    return honest_shop


def test_a_feature_that_knows_the_future_does_not_exist_at_the_cutoff(
    honest: Outcome, oracle: Settings
) -> None:
    assert outcome(oracle) == honest


def test_without_the_guard_a_feature_that_knows_the_future_is_a_jump(
    honest: Outcome, oracle: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unguarded(*words: Any, filter_by_created_timestamp: bool) -> Any:
        assert filter_by_created_timestamp
        return READ_FEATURES(*words)

    monkeypatch.setattr(FeatureStore, "get_historical_features", unguarded)
    found = outcome(oracle)
    assert found["personal_frequency"] == honest["personal_frequency"]
    assert ndcg(found, "feature_probe") > ndcg(honest, "feature_probe") + 0.1
