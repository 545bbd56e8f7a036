import pandas as pd
import pytest

from expectations.border import TableCheck
from expectations.results import Outcome, exception_message, rule_result

FRAME = pd.DataFrame(
    {"message_id": ["m1", "m2", "m3"], "user_id": ["ada", None, None], "type": ["track"] * 3}
)
TABLE = TableCheck(table="raw.events", query="raw_events.sql", keys=("message_id",), rules=())
NO_EXCEPTION = {"raised_exception": False, "exception_message": None}


def validation_result(**changes: object) -> dict[str, object]:
    return {
        "success": False,
        "expectation_config": {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "user_id"},
            "description": "user_id is never null",
            "notes": "ask the sender",
            "severity": "critical",
        },
        "result": {
            "element_count": 3,
            "unexpected_count": 2,
            "partial_unexpected_index_list": [1, 2],
        },
        "exception_info": NO_EXCEPTION,
        **changes,
    }


def test_a_failed_rule_keeps_its_numbers_and_names_rows_by_their_keys() -> None:
    result = rule_result(TABLE, validation_result(), FRAME)
    assert result.outcome is Outcome.FAILED
    assert (result.unexpected_rows, result.total_rows) == (2, 3)
    assert result.next_step == "ask the sender"
    assert result.examples == (
        {"message_id": "m2", "user_id": None},
        {"message_id": "m3", "user_id": None},
    )


@pytest.mark.parametrize(
    ("success", "severity", "outcome", "passed"),
    [
        (True, "critical", Outcome.PASSED, True),
        (True, "warning", Outcome.PASSED, True),
        (False, "critical", Outcome.FAILED, False),
        (False, "warning", Outcome.WARNED, True),
    ],
)
def test_only_a_failed_critical_rule_stops_the_build(
    success: bool, severity: str, outcome: Outcome, passed: bool
) -> None:
    found = validation_result(success=success)
    config = found["expectation_config"]
    assert isinstance(config, dict)
    config["severity"] = severity
    result = rule_result(TABLE, found, FRAME)
    assert (result.outcome, result.passed) == (outcome, passed)


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_a_rule_that_errs_is_broken_whatever_its_severity(severity: str) -> None:
    found = validation_result(
        result={}, exception_info={"metric_id": {"exception_message": "no such column"}}
    )
    config = found["expectation_config"]
    assert isinstance(config, dict)
    config["severity"] = severity
    result = rule_result(TABLE, found, FRAME)
    assert (result.outcome, result.reason) == (Outcome.BROKEN, "no such column")
    assert not result.passed


def test_both_shapes_of_exception_are_understood() -> None:
    direct = {"raised_exception": True, "exception_message": "cannot compare"}
    by_metric = {
        "metric a": {"exception_message": "cannot compare"},
        "metric b": {"exception_message": "cannot compare"},
    }
    assert exception_message(NO_EXCEPTION) is None
    assert exception_message(direct) == "cannot compare"
    assert exception_message(by_metric) == "cannot compare"


def test_a_rule_over_several_columns_shows_all_of_them() -> None:
    found = validation_result()
    config = found["expectation_config"]
    assert isinstance(config, dict)
    config["kwargs"] = {"column_list": ["user_id", "type"]}
    result = rule_result(TABLE, found, FRAME)
    assert result.examples[0] == {"message_id": "m2", "user_id": None, "type": "track"}


def test_a_true_false_column_is_left_out_of_the_examples() -> None:
    frame = FRAME.assign(is_late=[False, True, True])
    found = validation_result()
    config = found["expectation_config"]
    assert isinstance(config, dict)
    config["kwargs"] = {"column": "is_late"}
    assert rule_result(TABLE, found, frame).examples[0] == {"message_id": "m2"}
