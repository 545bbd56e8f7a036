from dataclasses import replace

from expectations.border import Border
from expectations.report import omissions, stop_message, summary, warnings
from expectations.results import BorderResult, Outcome, RuleResult

BORDER = Border(
    name="raw",
    build_id="b1",
    meaning="raw data",
    consequence="build b1 stops before dbt reads it.",
    tables=(),
    parameters={},
)
FAILED = RuleResult(
    table="raw.events",
    rule="message_id is unique",
    expectation="expect_column_values_to_be_unique",
    severity="critical",
    outcome=Outcome.FAILED,
    unexpected_rows=2,
    total_rows=4000,
    examples=({"message_id": "m1"}, {"message_id": "m1"}),
    next_step="set them aside",
)
WARNED = replace(FAILED, rule="price is above zero", severity="warning", outcome=Outcome.WARNED)
BROKEN = replace(
    FAILED,
    rule="type is known",
    outcome=Outcome.BROKEN,
    reason="unhashable type: 'list'\nat line 3",
    unexpected_rows=None,
    total_rows=None,
    examples=(),
)


def found(*results: RuleResult) -> BorderResult:
    return BorderResult(
        border="raw",
        build_id="b1",
        checked_at="2026-01-02 03:04 UTC",
        data_docs="docs/index.html",
        results=results,
    )


def test_a_failure_names_table_rule_numbers_and_examples() -> None:
    message = stop_message(BORDER, found(FAILED))
    assert "1 critical rule of the raw data failed" in message
    assert "FAILED raw.events: message_id is unique" in message
    assert "2 of 4,000 rows (0.05%)" in message
    assert "message_id='m1'" in message
    assert "next: set them aside" in message
    assert message.startswith("build b1 stops before dbt reads it.")
    assert "docs/index.html" in message


def test_a_broken_check_is_not_called_bad_data() -> None:
    message = stop_message(BORDER, found(BROKEN))
    assert "says nothing about the data" in message
    assert "BROKEN CHECK raw.events: type is known" in message
    assert "unhashable type: 'list'" in message
    assert "critical rule" not in message


def test_a_rule_about_the_whole_table_tells_what_was_found() -> None:
    empty = replace(FAILED, unexpected_rows=None, total_rows=None, observed="0", examples=())
    assert "found 0" in stop_message(BORDER, found(empty))


def test_warnings_are_told_and_counted() -> None:
    result = found(FAILED, WARNED, replace(WARNED, outcome=Outcome.PASSED))
    assert len(warnings(result)) == 1
    assert "WARNING raw.events: price is above zero" in warnings(result)[0]
    assert summary(result) == "Checked raw for b1: 1 passed, 1 warned, 1 failed"


def test_a_table_with_nothing_to_judge_is_told_once() -> None:
    skipped = replace(FAILED, outcome=Outcome.SKIPPED, reason="needs five weeks of history")
    result = found(skipped, replace(skipped, rule="another"))
    assert omissions(result) == ["  SKIPPED raw.events: needs five weeks of history"]
    assert result.passed
