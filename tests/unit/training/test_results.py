"""A rival's result reads back as it was written, and says which snapshot it is about."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from training.bootstrap import Interval
from training.cost import Cost
from training.evaluate import Evaluation
from training.folder import TrainingFolder
from training.models.base import CurvePoint
from training.recipes import Recipe
from training.results import (
    RivalResult,
    canonical,
    flat_metrics,
    has_result,
    read_curves,
    read_per_user,
    read_result,
    stated_params,
    write_result,
)

NOW = datetime(2018, 1, 1, 5)
COST = Cost(3.0, 1.5, 0.5, 900_000_000, 2_000_000)
METRICS = {"next_ndcg_at_10": Interval(0.3, 0.2, 0.4)}
PARAMS = {"epochs": 3, "chosen": {"weight": 0.5}}
RESULT = RivalResult("a", "family", PARAMS, METRICS, COST, "s1", "abc", NOW, NOW)
PER_USER = pd.DataFrame({"task": ["next"], "user_id": ["u"], "ndcg_at_10": [0.3]})
CURVE = [CurvePoint("ndcg", 1, 0.1), CurvePoint("ndcg", 2, 0.2)]


def test_a_result_reads_back_with_its_users_and_curves(tmp_path: Path) -> None:
    folder = TrainingFolder("t", tmp_path)
    recipe = Recipe("a", "family", PARAMS)
    write_result(folder, RESULT, Evaluation(recipe, PER_USER, METRICS, CURVE, COST))
    assert read_result(folder, "a") == RESULT
    assert read_per_user(folder, "a").equals(PER_USER)
    assert read_curves(folder, "a") == [("ndcg", 1, 0.1), ("ndcg", 2, 0.2)]
    assert has_result(folder, "a", "s1")
    assert not has_result(folder, "a", "s2"), "judged on another snapshot"
    assert not has_result(folder, "b", "s1"), "never judged"


def test_a_stated_recipe_has_no_choices_of_validation() -> None:
    assert stated_params(PARAMS) == {"epochs": 3}


def test_a_recipe_from_numpy_equals_the_one_its_json_says() -> None:
    assert canonical({"weight": np.float32(0.5), "sizes": (1, 2)}) == {
        "weight": 0.5,
        "sizes": [1, 2],
    }


def test_bounds_stand_beside_the_mean() -> None:
    assert flat_metrics(METRICS) == {
        "next_ndcg_at_10": 0.3,
        "next_ndcg_at_10_low": 0.2,
        "next_ndcg_at_10_high": 0.4,
    }
