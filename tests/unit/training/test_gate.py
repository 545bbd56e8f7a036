"""The gate: only evidence replaces a champion, and newer data alone refits it."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from aisle.core.files import write_json
from training.bootstrap import Interval
from training.compare import Comparison, Rival
from training.cost import Cost
from training.folder import TrainingFolder
from training.gate import Decision, decide, judge, read_decision
from training.gate_rules import GateRules
from training.model_card import gate_rows
from training.report import verdicts

RULES = GateRules(
    primary="next_ndcg_at_10",
    primary_without_history="newcomers_ndcg_at_10",
    fewest_users=30,
    tie_margin=0.0005,
    non_inferiority={"discovery_ndcg_at_10": 0.003, "next_ndcg_at_10_light": 0.005},
)
BETTER = Interval(0.003, 0.001, 0.006)
NOISE = Interval(0.0005, -0.0010, 0.0021)
SAME = Interval(0.0, -0.001, 0.001)
USERS = {
    "next_ndcg_at_10": 100,
    "newcomers_ndcg_at_10": 3,
    "discovery_ndcg_at_10": 90,
    "next_ndcg_at_10_light": 50,
}
OLD, NOW = "2017-12-31T04:00:00", "2018-01-01T04:00:00"


def comparison(champion: str | None, *, fitted_until: str | None = NOW) -> Comparison:
    """Return blend (.378) before frequency (.375)."""
    rivals = [
        Rival(
            name,
            "family",
            {"next_ndcg_at_10": Interval(mean, mean - 0.008, mean + 0.008)},
            Cost(1, 1, 1, 1, 1),
        )
        for name, mean in (("blend", 0.378), ("frequency", 0.375))
    ]
    return Comparison(
        snapshot_id="s1",
        windows={},
        data_until=NOW,
        rivals=rivals,
        best="blend",
        primary="next_ndcg_at_10",
        reference=champion or "blend",
        users=USERS,
        champion_recipe=champion,
        champion_version="1" if champion else None,
        champion_data_until=fitted_until if champion else None,
        notes=[],
        parent_run_id="run",
    )


def challenged(primary: Interval, **others: Interval) -> Comparison:
    """Return blend against the champion's recipe, frequency."""
    made = comparison("frequency")
    found = {"discovery_ndcg_at_10": SAME, "next_ndcg_at_10_light": SAME, **others}
    best = replace(made.rivals[0], differences={"next_ndcg_at_10": primary, **found})
    return replace(made, rivals=[best, made.rivals[1]])


def judged(made: Comparison) -> Decision:
    return judge(made, RULES, "t")


def test_the_best_rival_becomes_the_first_champion() -> None:
    decision = judged(comparison(None))

    assert (decision.action, decision.register, decision.checks) == ("promote", "blend", [])
    assert decision.sentence == (
        "Promoted blend: first champion, best of 2 rivals with next NDCG@10 .378 [.370, .386]."
    )


def test_the_champions_own_recipe_at_the_top_keeps_the_champion() -> None:
    decision = judged(comparison("blend"))

    assert (decision.action, decision.register) == ("keep", None)
    assert decision.reason == "champion_is_best"
    assert decision.sentence.startswith("Kept version 1 (blend): the champion's own recipe")


@pytest.mark.parametrize(("low", "action"), [(-0.001, "keep"), (0.0, "keep"), (0.0001, "promote")])
def test_a_rival_needs_its_lower_bound_above_zero(low: float, action: str) -> None:
    assert judged(challenged(Interval(0.003, low, 0.006))).action == action


def test_a_better_rival_is_registered_and_the_sentence_counts_the_other_checks() -> None:
    decision = judged(challenged(BETTER))

    assert (decision.register, decision.reason) == ("blend", "better")
    assert decision.sentence == (
        "Promoted blend over version 1 (frequency): blend is +.0030 [+.0010, +.0060] next NDCG@10 "
        "against it, the interval lies above zero, and nothing is worse by its margin (2 checks)."
    )


def test_the_sentence_shows_a_difference_that_may_be_noise_with_its_bounds() -> None:
    assert judged(challenged(NOISE)).sentence == (
        "Kept version 1 (frequency): blend is +.0005 [-.0010, +.0021] next NDCG@10 against it, "
        "and the lower bound of the interval is not above zero."
    )


@pytest.mark.parametrize(
    ("measure", "low", "action"),
    [
        ("discovery_ndcg_at_10", -0.0029, "promote"),
        ("discovery_ndcg_at_10", -0.003, "keep"),
        ("next_ndcg_at_10_light", -0.006, "keep"),
    ],
)
def test_a_winner_must_not_be_worse_elsewhere_by_the_margin(
    measure: str, low: float, action: str
) -> None:
    decision = judged(challenged(BETTER, **{measure: Interval(-0.001, low, 0.001)}))

    assert decision.action == action
    outcomes = {check.measure: check.outcome for check in decision.checks}
    assert outcomes[measure] == ("passed" if action == "promote" else "failed")
    assert ("light users" in decision.sentence) is (low == -0.006)


def runner_up(primary: Interval, best_discovery: Interval, mean: float = 0.377) -> Comparison:
    """Return blend, then hybrid, both above the champion's recipe, frequency."""
    made = challenged(BETTER, discovery_ndcg_at_10=best_discovery)
    blend, frequency = made.rivals
    second = replace(
        blend,
        recipe="hybrid",
        metrics={"next_ndcg_at_10": Interval(mean, 0.370, 0.384)},
        differences={**blend.differences, "next_ndcg_at_10": primary, "discovery_ndcg_at_10": SAME},
    )
    return replace(made, rivals=[blend, second, frequency])


WORSE = Interval(-0.01, -0.02, -0.005)
LESS = Interval(0.002, 0.0005, 0.004)


def test_the_best_rival_that_passes_every_check_replaces_the_champion() -> None:
    decision = judged(runner_up(LESS, WORSE))

    assert (decision.action, decision.register, decision.winner) == ("promote", "hybrid", "hybrid")
    assert (decision.difference, decision.reason) == (LESS, "better")
    ((name, missed),) = [(other.recipe, other.missed) for other in decision.passed_over]
    assert (name, [check.measure for check in missed]) == ("blend", ["discovery_ndcg_at_10"])
    assert decision.sentence == (
        "Promoted hybrid over version 1 (frequency): hybrid is +.0020 [+.0005, +.0040] next "
        "NDCG@10 against it, the interval lies above zero, and nothing is worse by its margin "
        "(2 checks); blend ranks higher, but is -.0100 [-.0200, -.0050] discovery NDCG@10 (lower "
        "bound above -0.003 is needed)."
    )
    assert verdicts(decision) == {
        "hybrid": "best rival that passes every check, promoted",
        "blend": (
            "not promoted: -.0100 [-.0200, -.0050] discovery NDCG@10 (lower bound above -0.003 is "
            "needed)"
        ),
        "frequency": "champion's recipe (version 1): replaced",
    }


def test_a_rival_ranked_below_one_that_passes_is_not_tried() -> None:
    decision = judged(runner_up(LESS, SAME))

    assert (decision.register, decision.passed_over) == ("blend", [])


def test_where_each_rival_fails_a_check_the_decision_is_about_the_best() -> None:
    decision = judged(runner_up(NOISE, WORSE))

    assert (decision.action, decision.winner, decision.reason) == ("keep", "blend", "worse")
    assert [other.recipe for other in decision.passed_over] == ["hybrid"]
    assert decision.sentence.endswith(
        "; hybrid fails too: +.0005 [-.0010, +.0021] next NDCG@10 (lower bound above 0 with at "
        "least 30 users is needed)."
    )


def test_a_runner_up_as_good_as_the_champions_recipe_does_not_replace_it() -> None:
    decision = judged(runner_up(LESS, WORSE, mean=0.3754))

    assert (decision.action, decision.winner, decision.passed_over) == ("keep", "blend", [])


def test_a_segment_with_too_few_users_is_reported_and_not_passed_in_silence() -> None:
    made = challenged(BETTER, next_ndcg_at_10_light=Interval(-0.2, -0.3, -0.1))
    few = replace(made, users={**USERS, "next_ndcg_at_10_light": 29})

    decision = judged(few)

    assert decision.action == "promote"
    assert decision.checks[-1].outcome == "not judged"
    assert decision.sentence.endswith("not judged for want of users: next NDCG@10 (light users).")


def test_a_handful_of_users_cannot_replace_a_champion() -> None:
    few = replace(challenged(BETTER), users={**USERS, "next_ndcg_at_10": 29})

    decision = judged(few)

    assert (decision.action, decision.reason) == ("keep", "too_few_users")
    assert "only 29 users" in decision.sentence


@pytest.mark.parametrize("champion", ["blend", "frequency"])
def test_newer_data_refits_the_champions_recipe_where_nothing_beats_it(champion: str) -> None:
    made = comparison("blend") if champion == "blend" else challenged(NOISE)

    decision = judged(replace(made, champion_data_until=OLD))

    assert (decision.action, decision.register) == ("refresh", champion)
    assert decision.sentence.startswith(f"Refreshed version 1 ({champion}) with data up to {NOW}: ")


@pytest.mark.parametrize("fitted_until", [NOW, None, "2018-01-02T00:00:00"])
def test_data_that_is_not_known_to_be_newer_registers_nothing(fitted_until: str | None) -> None:
    decision = judged(comparison("blend", fitted_until=fitted_until))

    assert (decision.action, decision.register) == ("keep", None)


def test_a_decision_reads_back_as_it_was_made(tmp_path: Path) -> None:
    folder = TrainingFolder("t", tmp_path)
    measures = ("newcomers_ndcg_at_10", "next_ndcg_at_10_heavy", "discovery_ndcg_at_10_light")
    measures += ("discovery_ndcg_at_10_heavy",)
    made = runner_up(LESS, WORSE)
    made = replace(made, users={**USERS, **dict.fromkeys(measures, 0)})
    write_json(folder.comparison, asdict(made))

    decision = decide(folder)

    assert (decision.action, len(decision.passed_over)) == ("promote", 1)
    assert read_decision(folder) == decision


def test_the_model_card_says_which_check_a_rival_ranked_higher_failed() -> None:
    made = runner_up(LESS, WORSE)

    rows = dict(gate_rows(judged(made), made))

    assert rows["winner minus champion's recipe, next_ndcg_at_10"] == "+.0020 [+.0005, +.0040]"
    assert rows["blend was not promoted"].startswith("-.0100 [-.0200, -.0050] discovery NDCG@10")
