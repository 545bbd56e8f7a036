"""How a rule is made: a sentence, what to do when it does not hold, and a severity.

A rule is an expectation of Great Expectations whose `description` is the sentence people read and
whose `notes` are the next step; Data Docs show both.
"""

from great_expectations import expectations as gxe
from great_expectations.expectations import Expectation

CRITICAL = "critical"
WARNING = "warning"


def never_null(column: str, next_step: str) -> Expectation:
    """Return the critical rule that `column` always has a value."""
    return gxe.ExpectColumnValuesToNotBeNull(
        column=column,
        severity=CRITICAL,
        description=f"{column} is never null",
        notes=next_step,
    )


def key(column: str, next_step: str) -> list[Expectation]:
    """Return the two critical rules of a primary key."""
    unique = gxe.ExpectColumnValuesToBeUnique(
        column=column, severity=CRITICAL, description=f"{column} is unique", notes=next_step
    )
    return [never_null(column, next_step), unique]


def unique_together(columns: list[str], next_step: str, severity: str = CRITICAL) -> Expectation:
    """Return the rule that no combination of `columns` occurs twice."""
    return gxe.ExpectCompoundColumnsToBeUnique(
        column_list=columns,
        severity=severity,
        description=f"{' and '.join(columns)} together are unique",
        notes=next_step,
    )


def never(
    flag: str,
    sentence: str,
    next_step: str,
    severity: str = CRITICAL,
    max_share: float = 0,
) -> Expectation:
    """Return the rule that the true/false column `flag` is false, but for a share of the rows.

    Rows in which the flag is null are not judged and not counted.
    """
    return gxe.ExpectColumnValuesToBeInSet(
        column=flag,
        value_set=[False],
        mostly=1 - max_share,
        severity=severity,
        description=sentence,
        notes=next_step,
    )


def between(
    column: str, low: float | None, high: float | None, sentence: str, next_step: str
) -> Expectation:
    """Return the critical rule that `column` lies within the bounds; nulls are not judged."""
    return gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=low,
        max_value=high,
        severity=CRITICAL,
        description=sentence,
        notes=next_step,
    )


def has_rows(
    sentence: str, next_step: str, minimum: int = 1, severity: str = CRITICAL
) -> Expectation:
    """Return the rule that there are at least `minimum` rows."""
    return gxe.ExpectTableRowCountToBeBetween(
        min_value=minimum, severity=severity, description=sentence, notes=next_step
    )
