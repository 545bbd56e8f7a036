"""Rules that several marts share: references to the dimensions and times before now."""

from great_expectations.expectations import Expectation

from expectations.rules import never, never_null

MEND_MODEL = (
    "the raw rows passed, so it is a fault of the dbt model: see dbt_project/ and `make test`"
)


def known(column: str, flag: str, dimension: str) -> list[Expectation]:
    """Return the rules that `column` always has a value, and one of `dimension`."""
    is_known = never(flag, f"every {column} is in {dimension}", MEND_MODEL)
    return [never_null(column, MEND_MODEL), is_known]


def in_time(column: str) -> list[Expectation]:
    """Return the rules that `column` always has a value, and none after the build's now."""
    is_past = never("is_after_as_of", f"no {column} lies after the build's now", MEND_MODEL)
    return [never_null(column, MEND_MODEL), is_past]
