"""What a training found, as people read it."""

import json
from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from aisle.runner.summary import decision_sentence, interval, rivals_table


def _rival(recipe: str, mean: float) -> dict:
    estimate = {"mean": mean, "low": mean - 0.01, "high": mean + 0.01}
    return {
        "recipe": recipe,
        "family": recipe,
        "metrics": {"next_ndcg_at_10": estimate},
        "cost": {"fit_seconds": 12.4, "score_seconds": 1.0},
    }


@pytest.fixture
def training(tmp_path: Path) -> Path:
    comparison = {
        "rivals": [_rival("blend", 0.38), _rival("popular", 0.1)],
        "champion_recipe": "popular",
        "primary": "next_ndcg_at_10",
    }
    (tmp_path / "comparison.json").write_text(json.dumps(comparison))
    (tmp_path / "decision.json").write_text(
        json.dumps({"sentence": "blend wins.", "winner": "popular"})
    )
    return tmp_path


def test_rivals_are_listed_best_first_with_intervals(training: Path):
    columns = [[str(cell) for cell in column.cells] for column in rivals_table(training).columns]
    assert columns[0] == ["blend", "popular *"]
    assert columns[1] == [".380 [.370, .390]", ".100 [.090, .110]"]
    assert columns[2] == ["12 s", "12 s"], "a column for what no rival has would be empty"


def test_the_gates_winner_is_bold_also_where_it_is_not_the_first(training: Path):
    assert [row.style for row in rivals_table(training).rows] == [None, "bold"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.3814, ".381"), (1.0, "1.000"), (-0.02, "-.020"), (10.5, "10.500")]
)
def test_numbers_below_one_lose_their_zero(value: float, text: str):
    shown = str(interval({"mean": value, "low": value, "high": value}))
    assert shown == f"{text} [{text}, {text}]"


def test_the_decision_is_the_gates_own_sentence(training: Path):
    assert decision_sentence(training) == "blend wins."


def test_a_training_without_results_says_where_to_look(tmp_path: Path):
    with pytest.raises(AisleError, match=r"decision\.json.*gate"):
        decision_sentence(tmp_path)
