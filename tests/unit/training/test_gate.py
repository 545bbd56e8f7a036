"""The gate: only an interval above zero replaces a champion."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aisle.core.files import write_json
from training.bootstrap import Interval
from training.compare import Comparison, Rival
from training.cost import Cost
from training.folder import TrainingFolder
from training.gate import FEWEST_USERS, KEEP, decide, judge, read_decision


def comparison(*, champion: str | None, version: str | None = "1") -> Comparison:
    rivals = [
        Rival(
            name,
            "family",
            {"next_ndcg_at_10": Interval(mean, mean - 0.008, mean + 0.008)},
            Cost(1, 1, 1, 1, 1),
        )
        for name, mean in (("blend", 0.378), ("frequency", 0.375))
    ]
    return Comparison("s1", {}, rivals, "blend", champion, version if champion else None, "run")


def test_the_best_rival_becomes_the_first_champion() -> None:
    decision = judge(comparison(champion=None), None, "t", users=100)
    assert decision.action == "promote"
    assert decision.sentence == (
        "Promoted blend: first champion, best of 2 rivals with next NDCG@10 .378 [.370, .386]."
    )


def test_the_champions_own_recipe_at_the_top_keeps_the_champion() -> None:
    decision = judge(comparison(champion="blend"), None, "t", users=100)
    assert (decision.action, decision.reason) == ("keep", "champion_is_best")
    assert decision.sentence.startswith("Kept version 1 (blend): the champion's own recipe")


@pytest.mark.parametrize(("low", "action"), [(-0.001, "keep"), (0.0, "keep"), (0.0001, "promote")])
def test_a_rival_needs_its_lower_bound_above_zero(low: float, action: str) -> None:
    difference = Interval(0.003, low, 0.006)
    assert judge(comparison(champion="frequency"), difference, "t", users=100).action == action


def test_the_sentence_shows_the_difference_with_its_bounds() -> None:
    difference = Interval(0.0005, -0.0010, 0.0021)
    assert judge(comparison(champion="frequency"), difference, "t", users=100).sentence == (
        "Kept version 1 (frequency): blend is +.0005 [-.0010, +.0021] next NDCG@10 against it, "
        "and the lower bound of the interval is not above zero."
    )


@pytest.mark.parametrize(("lead", "action"), [(0.05, "promote"), (0.0, "keep")])
def test_the_difference_is_taken_user_by_user(tmp_path: Path, lead: float, action: str) -> None:
    folder = TrainingFolder("t", tmp_path)
    write_json(folder.comparison, _as_json(comparison(champion="frequency")))
    users = [f"u{number}" for number in range(200)]
    scores = np.random.default_rng(1).uniform(0, 0.9, 200)  # users differ far more than the rivals
    noise = np.random.default_rng(2).normal(0, 0.02, 200)
    noise -= noise.mean()
    for recipe, values in (("frequency", scores), ("blend", scores + lead + noise)):
        place = folder.rival(recipe)
        place.mkdir(parents=True)
        frame = pd.DataFrame({"task": "next", "user_id": users, "ndcg_at_10": values})
        frame.to_parquet(place / "per_user.parquet")
    decision = decide(folder)
    assert decision.action == action
    assert read_decision(folder) == decision


def _as_json(made: Comparison) -> dict[str, object]:
    return asdict(made)


def test_a_handful_of_users_cannot_replace_a_champion() -> None:
    difference = Interval(0.2, 0.1, 0.3)
    decision = judge(comparison(champion="frequency"), difference, "t", users=FEWEST_USERS - 1)
    assert (decision.action, decision.reason) == (KEEP, "too_few_users")
    assert "only 29 users" in decision.sentence
