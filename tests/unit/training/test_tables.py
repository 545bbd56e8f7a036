"""Tables show bounds, differences, costs and what was not judged."""

import json
from dataclasses import replace

from training.bootstrap import Interval
from training.compare import Comparison, Rival
from training.cost import Cost
from training.gate_checks import Check
from training.tables import checks_rows, checks_table, comparison_rows, markdown_table

MIB = 2**20
COST = Cost(3.0, 1.5, 0.25, 900 * MIB, 2 * MIB)
BLEND = Rival("blend", "f", {"next_ndcg_at_10": Interval(0.3783, 0.3702, 0.3861)}, COST)
OTHER = Rival(
    "other",
    "f",
    {**BLEND.metrics, "discovery_ndcg_at_10": Interval(0.03, 0.02, 0.04)},
    COST,
    {"next_ndcg_at_10": Interval(-0.01, -0.02, 0.005)},
)
COMPARISON = Comparison(
    snapshot_id="s",
    windows={},
    data_until="",
    rivals=[BLEND, OTHER],
    best="blend",
    primary="next_ndcg_at_10",
    reference="blend",
    users={},
    champion_recipe="blend",
    champion_version="1",
    champion_data_until=None,
    notes=[],
    parent_run_id="run",
)
CHECKS = [
    Check("next_ndcg_at_10", Interval(0.01, 0.001, 0.02), "lower bound above 0", 90, "passed"),
    Check("next_ndcg_at_10_light", None, "lower bound above -0.005", 3, "not judged"),
]


def test_a_row_marks_the_champions_recipe_and_survives_a_missing_metric() -> None:
    head, _, blend, other = markdown_table(COMPARISON).splitlines()

    assert "next NDCG@10 against blend" in head
    assert blend == (
        "| 1 | blend (champion's recipe) | .378 [.370, .386] | - | - | 1.5 | 0.2 | 900 | 2.0 |"
    )
    assert other.split(" | ")[3:5] == [".030 [.020, .040]", "-.0100 [-.0200, +.0050]"]


def test_mlflow_gets_a_row_per_rival_with_differences_and_costs() -> None:
    both = replace(COMPARISON, rivals=[replace(BLEND, differences=OTHER.differences), OTHER])

    table = json.loads(comparison_rows(both))

    row = dict(zip(table["columns"], table["data"][0], strict=True))
    assert (row["rank"], row["recipe"], row["fit_seconds"]) == (1, "blend", 1.5)
    assert (row["next_ndcg_at_10_low"], row["next_ndcg_at_10_difference_low"]) == (0.3702, -0.02)


def test_a_metric_or_difference_that_some_rivals_lack_is_an_empty_cell() -> None:
    for rivals in ([BLEND, OTHER], [OTHER, BLEND]):
        table = json.loads(comparison_rows(replace(COMPARISON, rivals=rivals)))

        rows = [dict(zip(table["columns"], cells, strict=True)) for cells in table["data"]]
        found = {row["recipe"]: row for row in rows}
        assert found["other"]["discovery_ndcg_at_10"] == 0.03
        assert found["blend"]["discovery_ndcg_at_10"] is None
        assert found["blend"]["next_ndcg_at_10_difference_low"] is None


def test_checks_say_what_was_not_judged() -> None:
    last = checks_table(CHECKS).splitlines()[-1]

    assert last == (
        "| next NDCG@10 (light users) | - | lower bound above -0.005 | 3 | not judged |"
    )
    table = json.loads(checks_rows(CHECKS))
    assert [len(row) for row in table["data"]] == [len(table["columns"])] * 2
