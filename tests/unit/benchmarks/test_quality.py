"""The comparison of all rivals says who is best, by how much, and which promise is not kept."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.quality_backtest import Verdict, verdict
from benchmarks.quality_bars import promises
from benchmarks.quality_pages import markdown
from benchmarks.quality_report import all_pairs, pairs_shown
from benchmarks.quality_rival import MOST_SECONDS, Identity, changed, code_hash, is_too_dear
from benchmarks.quality_tables import (
    RivalPieces,
    known_users,
    lists_and_costs,
    new_users_and_items,
)
from training.judge import PER_USER_METRICS
from training.recipes import Recipe
from training.sessions import SESSION_METRICS

WINDOWS = ("test_1", "test_2")
USERS = [f"u{number:02}" for number in range(60)]
PIECE = {
    "seconds": 30.0,
    "processor_seconds": 20.0,
    "peak_memory_bytes": 2**30,
    "fit_seconds": 2.0,
    "score_seconds": 1.0,
    "artifact_bytes": 2**20,
    "coverage": {"next_coverage_at_10": 0.1},
}


def rows(tasks: tuple[str, ...], mean: float) -> pd.DataFrame:
    """Return rows that vary by user alike for all rivals, around a mean of the rival's own."""
    noise = np.random.default_rng(3).normal(0, 0.01, len(USERS))
    own = np.random.default_rng(int(mean * 1e6)).normal(0, 0.001, len(USERS))
    frames = [
        pd.DataFrame(dict.fromkeys(PER_USER_METRICS, mean + noise + own)).assign(
            task=task, user_id=USERS, segment="light", window=window
        )
        for task in tasks
        for window in WINDOWS
    ]
    return pd.concat(frames, ignore_index=True)


def rival(name: str, family: str, mean: float, *, has_cold: bool = True) -> RivalPieces:
    cold = rows(("cold_users", "cold_items"), mean / 10)
    cold["is_told"] = cold["user_id"] < "u30"
    sessions = cold[cold["task"] == "cold_users"][["user_id", "window", *SESSION_METRICS]]
    names = ["choice", *WINDOWS, *(f"cold_{window}" for window in WINDOWS if has_cold)]
    return RivalPieces(
        name=name,
        family=family,
        pieces=dict.fromkeys(names, PIECE),
        per_user=rows(("next", "discovery"), mean),
        cold=cold if has_cold else None,
        sessions=sessions if has_cold else None,
    )


@pytest.fixture
def rivals() -> list[RivalPieces]:
    return [
        rival("popular", "popularity", 0.20),
        rival("segments", "segment_popularity", 0.30),
        rival("network", "sasrec", 0.25, has_cold=False),
        rival("ours", "two_stage_linear", 0.40),
    ]


def test_the_best_stands_first_and_every_rival_is_held_against_the_best_peer(
    rivals: list[RivalPieces],
) -> None:
    table = known_users(rivals, "test_2")

    assert [row["rival"] for row in table] == ["ours", "segments", "network", "popular"]
    against = {row["rival"]: row["against the best peer"] for row in table}
    assert against["segments"] == "best peer"
    assert against["ours"].startswith("+0.1")
    assert lists_and_costs(rivals)[0]["fit s"] == "2.0"


def test_a_rival_that_is_too_dear_is_left_out_where_users_are_new(
    rivals: list[RivalPieces],
) -> None:
    assert {row["rival"] for row in new_users_and_items(rivals)} == {"popular", "segments", "ours"}
    dear = [{"processor_seconds": MOST_SECONDS + 1}]
    assert is_too_dear("sasrec", dear)
    assert not is_too_dear("two_stage_trees", dear)


def test_a_recipe_is_changed_by_what_is_set() -> None:
    recipe = Recipe("r", "als", {"components": 64, "seed": 7})
    params = changed(recipe, ["components=19", "reads_visit=everybody"]).params
    assert params == {"components": 19, "seed": 7, "reads_visit": "everybody"}
    assert changed(recipe, []) == recipe
    with pytest.raises(SystemExit, match="--set components: write it as NAME=VALUE"):
        changed(recipe, ["components"])


def test_promises_name_what_holds_and_what_does_not(rivals: list[RivalPieces]) -> None:
    verdicts = [
        Verdict("next", "ours", "segments", 0.40, 0.30, 0.10, 0.01),
        Verdict("discovery", "ours", "segments", 0.04, 0.03, 0.001, 0.001),
    ]

    found = {row.name: row for row in promises(rivals, verdicts)}

    assert found["next NDCG@10, backtest: ours"].holds
    assert found["next NDCG@10, backtest: standard errors above"].value == pytest.approx(10)
    assert found["discovery NDCG@10, backtest: ours"].holds is False
    assert found["discovery NDCG@10, backtest: standard errors above"].holds is False
    assert found["new items N@10: ours"].holds
    assert found["who told something N@10: above segments"].holds
    by_window = [found[f"next NDCG@10, {window}: ours - segments"].value for window in WINDOWS]
    whole = found["next NDCG@10, all windows: ours - segments, mean"].value
    assert np.mean(by_window) == pytest.approx(whole)
    bounds = "next NDCG@10: ours - segments, over users and windows"
    assert found[f"{bounds}, low"].value <= whole <= found[f"{bounds}, high"].value
    assert found["all 4 rivals, 2 at a time"].value == pytest.approx((3 * 5 + 3) * 30 / 60 / 2)
    assert found["peak memory of any rival (popular)"].value == 1


def test_without_one_of_ours_there_is_nothing_to_promise_but_costs(
    rivals: list[RivalPieces],
) -> None:
    barred = [row.name for row in promises(rivals[:2], []) if row.bar is not None]

    assert barred == ["all 2 rivals, 2 at a time", "peak memory of any rival (popular)"]


def test_pairs_shown_are_those_of_the_best_and_of_neighbours(rivals: list[RivalPieces]) -> None:
    pairs = all_pairs(rivals, "next")

    assert len(pairs) == 6
    shown = [(row["rival"], row["other"]) for row in pairs_shown(pairs)]
    assert shown == [
        ("ours", "segments"),
        ("ours", "network"),
        ("ours", "popular"),
        ("segments", "network"),
        ("network", "popular"),
    ]
    assert (pairs["low"] > 0).all()


def test_a_verdict_is_between_the_best_of_each_side() -> None:
    values = pd.DataFrame({"a": [0.4, 0.6], "b": [0.1, 0.1], "c": [0.3, 0.3], "d": [0.2, 0.2]})

    found = verdict("next", values, ["a", "b"])

    assert (found.ours, found.peer) == ("a", "c")
    assert found.difference == pytest.approx(0.2)
    assert found.errors_above == pytest.approx(2.0)


def test_pieces_of_other_code_are_kept_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "piece.json").write_text(
        '{"identity": {"snapshot_id": "s", "recipe": {"name": "r"}, "code": "old"}}'
    )

    strict = Identity("s", {"name": "r"}, code_hash())
    lenient = Identity("s", {"name": "r"}, code_hash(), is_strict=False)
    other = Identity("s", {"name": "other"}, "old", is_strict=False)

    assert strict.kept(tmp_path) is None
    assert lenient.kept(tmp_path) is not None
    assert other.kept(tmp_path) is None
    assert lenient.kept(tmp_path / os.devnull) is None


def test_tables_become_markdown() -> None:
    assert markdown([{"a": 1, "b": "x"}]) == "| a | b |\n| --- | --- |\n| 1 | x |"
