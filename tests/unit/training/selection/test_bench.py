"""A feature that tells stays, one that repeats it goes to it, and noise goes."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from aisle.core.errors import AisleError
from aisle.core.windows import Window
from training.selection.bench import judge_features
from training.selection.candidates import Candidates
from training.selection.importance import Importance
from training.selection.joined import Feature, Joined
from training.selection.redundancy import clusters, rank_correlations, representatives
from training.selection.trees import Forest, raw_scores
from training.selection.verdicts import Request, Verdict

CUTOFF = datetime(2024, 3, 4)
NAMES = ("taste", "taste_again", "kind", "noise", "weight", "empty", "seen_at")
REQUEST = Request(trees=20, repeats=3)
USERS, EACH = 120, 30


def window(seed: int) -> tuple[Candidates, Joined]:
    """Candidates bought by taste and by kind; noise and weight say nothing."""
    chance = np.random.default_rng(seed)
    count = USERS * EACH
    taste = chance.lognormal(size=count)
    kind = chance.choice(["a", "b", "c"], count)
    odds = 1 / (1 + np.exp(3 - np.log(taste) * 1.5 - 2.0 * (kind == "a")))
    values = pd.DataFrame(
        {
            "taste": taste,
            "taste_again": np.sqrt(taste) + chance.normal(0, 1e-3, count),
            "kind": kind,
            "noise": chance.normal(size=count),
            "weight": np.where(chance.random(count) < 0.3, np.nan, chance.random(count)),
            "empty": np.nan,
            "seen_at": pd.Timestamp(CUTOFF),
        }
    )
    features = [Feature("view", name, "item_id") for name in NAMES]
    values.columns = pd.Index([feature.column for feature in features])
    rows = pd.DataFrame(
        {
            "user_id": np.repeat([f"u{user:03}" for user in range(USERS)], EACH),
            "item_id": np.tile([f"i{item}" for item in range(EACH)], USERS),
        }
    )
    is_bought = chance.random(count) < odds
    is_bought[::EACH] = True  # everybody bought something
    at = Window("w", CUTOFF, CUTOFF + timedelta(days=7))
    return Candidates(at, rows, is_bought), Joined(features, values, {})


def judged(
    threads: int = 1, request: Request = REQUEST
) -> tuple[dict[str, Verdict], dict[str, float]]:
    verdicts, quality = judge_features(window(1), window(2), request, threads, lambda _: None)
    return {verdict.feature.name: verdict for verdict in verdicts}, quality


def test_what_tells_stays_and_what_repeats_or_says_nothing_goes() -> None:
    found, quality = judged()

    stays = "taste" if found["taste"].is_kept else "taste_again"
    goes = {"taste": "taste_again", "taste_again": "taste"}[stays]
    assert {name for name, verdict in found.items() if verdict.is_kept} == {stays, "kind"}
    assert found[goes].redundant_with == f"view:{stays}"
    assert found[stays].redundant_with is None
    assert found["noise"].redundant_with is None
    for name in ("empty", "seen_at"):
        assert found[name].importance == Importance(0.0, 0.0)
    assert set(found) == set(NAMES)
    assert quality["kept"] > 0.9 * quality["all"]


def test_the_same_seed_gives_the_same_verdicts_with_any_number_of_threads() -> None:
    quick = replace(REQUEST, trees=4, repeats=1)
    assert judged(1, quick) == judged(2, quick)


def test_an_importance_has_to_exceed_its_noise() -> None:
    assert Importance(0.02, 0.009).exceeds(2)
    assert not Importance(0.02, 0.011).exceeds(2)
    assert not Importance(0.0, 0.0).exceeds(2)
    assert not Importance(-0.1, 0.01).exceeds(0)


def test_the_trees_that_ask_for_columns_and_the_others_make_the_whole() -> None:
    import lightgbm

    chance = np.random.default_rng(0)
    matrix = chance.normal(size=(2000, 6)).astype(np.float32)
    label = (matrix[:, 0] + matrix[:, 3] ** 2 + chance.normal(size=2000) > 1).astype(float)
    params = {"objective": "binary", "verbosity": -1, "num_leaves": 4, "feature_fraction": 0.5}
    booster = lightgbm.train(params, lightgbm.Dataset(matrix, label), 25)
    forest = Forest(booster)

    everything = forest.asking(list(range(6)))
    assert everything is not None
    np.testing.assert_array_equal(raw_scores(everything, matrix), raw_scores(booster, matrix))
    asking = forest.asking([3])
    assert asking is not None and asking.num_trees() < 25
    others = raw_scores(booster, matrix) - raw_scores(asking, matrix)
    shuffled = matrix.copy()
    shuffled[:, 3] = chance.permutation(shuffled[:, 3])
    np.testing.assert_allclose(
        others + raw_scores(asking, shuffled), raw_scores(booster, shuffled), atol=1e-9
    )
    assert Forest(booster).asking([77]) is None


def test_rank_correlation_is_spearmans_and_a_constant_is_like_nothing() -> None:
    from scipy.stats import spearmanr

    columns = np.random.default_rng(0).normal(size=(50, 3))
    columns[:, 1] = np.exp(columns[:, 0])
    found = rank_correlations(np.column_stack([columns, np.ones(50)]))

    np.testing.assert_allclose(found[:3, :3], spearmanr(columns).statistic)
    assert found[3].tolist() == [0, 0, 0, 1]


def test_opposites_are_the_same_and_a_chain_is_no_group() -> None:
    names = ["a", "minus_a", "b", "c"]
    correlations = np.array(
        [
            [1, -0.99, 0.96, 0.5],
            [-0.99, 1, -0.96, -0.5],
            [0.96, -0.96, 1, 0.96],
            [0.5, -0.5, 0.96, 1],
        ]
    )

    groups = clusters(names, correlations, 0.95)

    assert ["a", "b", "minus_a"] in [sorted(group) for group in groups]
    assert ["c"] in groups
    assert representatives(groups, {"a": 1, "minus_a": 3, "b": 2, "c": 0}) == {
        "a": "minus_a",
        "minus_a": "minus_a",
        "b": "minus_a",
        "c": "c",
    }


@pytest.mark.parametrize(
    "wrong",
    [{"users": 3}, {"repeats": 0}, {"redundant_at": 0}, {"redundant_at": 1.1}, {"noise": -1}],
)
def test_a_request_that_makes_no_sense_names_what_is_wrong(wrong: dict[str, float]) -> None:
    with pytest.raises(AisleError, match=next(iter(wrong))):
        Request(**wrong)  # type: ignore[arg-type]
