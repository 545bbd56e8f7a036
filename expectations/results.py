"""What a check found: one outcome per rule, read from Great Expectations' results."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype

from expectations.border import TableCheck

MAX_EXAMPLES = 5

Result = Mapping[str, Any]  # one expectation's result as Great Expectations writes it to JSON


class Outcome(StrEnum):
    """How a rule ended.

    `broken` means that it could not be evaluated, `skipped` that there is nothing to judge yet:
    neither is a word on the data.
    """

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    BROKEN = "broken"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """The outcome of one rule on one table."""

    table: str
    rule: str
    expectation: str
    severity: str
    outcome: Outcome
    unit: str = "rows"
    unexpected_rows: int | None = None
    total_rows: int | None = None
    observed: str | None = None
    examples: tuple[Mapping[str, str | None], ...] = ()
    next_step: str | None = None
    reason: str | None = None  # why it is broken or was skipped

    @property
    def passed(self) -> bool:
        """Whether the build may go on after this; a warning does not stop it."""
        return self.outcome not in (Outcome.FAILED, Outcome.BROKEN)


@dataclass(frozen=True, kw_only=True)
class BorderResult:
    """What one check of a border found."""

    border: str
    build_id: str
    checked_at: str  # naive UTC
    data_docs: str
    results: tuple[RuleResult, ...]

    @property
    def passed(self) -> bool:
        """Whether the build may go on."""
        return all(result.passed for result in self.results)

    def having(self, outcome: Outcome) -> list[RuleResult]:
        """Return the rules that ended with `outcome`."""
        return [result for result in self.results if result.outcome is outcome]

    def counts(self) -> dict[str, int]:
        """Return how many rules ended in each way that occurred."""
        counts = Counter(result.outcome for result in self.results)
        return {outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]}


def rule_result(table: TableCheck, result: Result, frame: pd.DataFrame) -> RuleResult:
    """Return the outcome of one expectation; example rows are looked up in `frame`."""
    config = result["expectation_config"]
    found = result["result"]
    error = exception_message(result["exception_info"])
    return RuleResult(
        table=table.label,
        rule=config.get("description") or config["type"],
        expectation=config["type"],
        severity=config["severity"],
        outcome=_outcome(result["success"], config["severity"], error),
        unit=table.unit,
        unexpected_rows=found.get("unexpected_count"),
        total_rows=found.get("element_count"),
        observed=None if "observed_value" not in found else str(found["observed_value"]),
        examples=() if error else _examples(config["kwargs"], found, frame, table.keys),
        next_step=config.get("notes"),
        reason=error,
    )


def skipped(table: TableCheck) -> list[RuleResult]:
    """Return the outcome of a table's rules when it has no row and that is no fault."""
    return [
        RuleResult(
            table=table.label,
            rule=str(rule.description),
            expectation=rule.expectation_type,
            severity=str(rule.severity.value),
            outcome=Outcome.SKIPPED,
            unit=table.unit,
            reason=table.when_empty,
        )
        for rule in table.rules
    ]


def unreadable(table: TableCheck, error: Exception) -> RuleResult:
    """Return the outcome of a table whose query errs: its rules say nothing about the data."""
    return RuleResult(
        table=table.label,
        rule=f"its rows can be read with expectations/sql/{table.query}",
        expectation=type(error).__name__,
        severity="critical",
        outcome=Outcome.BROKEN,
        reason=str(error),
    )


def exception_message(info: Mapping[str, Any]) -> str | None:
    """Return what made an expectation err, in either of the two shapes it is reported in."""
    if "raised_exception" in info:
        return str(info["exception_message"]) if info["raised_exception"] else None
    messages = {str(part["exception_message"]) for part in info.values()}
    return "; ".join(sorted(messages)) or None


def _outcome(is_success: bool, severity: str, error: str | None) -> Outcome:
    if error is not None:
        return Outcome.BROKEN
    if is_success:
        return Outcome.PASSED
    return Outcome.FAILED if severity == "critical" else Outcome.WARNED


def _examples(
    kwargs: Mapping[str, Any], found: Mapping[str, Any], frame: pd.DataFrame, keys: tuple[str, ...]
) -> tuple[Mapping[str, str | None], ...]:
    """Return the key columns and the judged column of the first unexpected rows.

    A true/false column says no more than the rule's own sentence, so it is left out.
    Great Expectations gives their positions. Letting it collect the key columns itself
    (`unexpected_index_column_names`) costs a minute when a million rows are unexpected.
    """
    positions = found.get("partial_unexpected_index_list") or []
    judged = kwargs.get("column_list") or [kwargs[name] for name in ("column",) if name in kwargs]
    values = [column for column in judged if not is_bool_dtype(frame[column])]
    columns = list(dict.fromkeys([*keys, *values]))
    rows = frame.loc[positions[:MAX_EXAMPLES], columns]
    return tuple(
        {str(column): None if pd.isna(value) else str(value) for column, value in row.items()}
        for row in rows.to_dict(orient="records")
    )
