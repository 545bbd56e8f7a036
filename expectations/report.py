"""The sentences people read after a check: table, rule, numbers, example rows, what to do next."""

from collections.abc import Mapping, Sequence

from expectations.border import Border
from expectations.results import BorderResult, Outcome, RuleResult

SHOWN_EXAMPLES = 3


def summary(result: BorderResult) -> str:
    """Return one line: how many rules passed, warned, failed, are broken or were skipped."""
    parts = [f"{count} {outcome}" for outcome, count in result.counts().items()]
    return f"Checked {result.border} for {result.build_id}: {', '.join(parts)}"


def warnings(result: BorderResult) -> list[str]:
    """Return one paragraph per warning."""
    return [paragraph(rule) for rule in result.having(Outcome.WARNED)]


def omissions(result: BorderResult) -> list[str]:
    """Return one line per table that there was nothing to judge of."""
    reasons = {rule.table: rule.reason for rule in result.having(Outcome.SKIPPED)}
    return [f"  SKIPPED {table}: {reason}" for table, reason in reasons.items()]


def stop_message(border: Border, result: BorderResult) -> str:
    """Return what a failed check leads to and why: failed rules first, then broken checks."""
    failed = result.having(Outcome.FAILED)
    broken = result.having(Outcome.BROKEN)
    lines = [border.consequence]
    if failed:
        lines.append(f"{_count(failed, 'critical rule')} of the {border.meaning} failed:")
        lines += [paragraph(rule) for rule in failed]
    if broken:
        lines.append(
            f"{_count(broken, 'check')} could not be evaluated; that says nothing about the data:"
        )
        lines += [paragraph(rule) for rule in broken]
    lines.append(f"The rules are listed in expectations/README.md; Data Docs: {result.data_docs}")
    return "\n".join(lines)


def paragraph(rule: RuleResult) -> str:
    """Return what one rule found and what to do about it."""
    lines = [f"  {_mark(rule.outcome)} {rule.table}: {rule.rule}", f"    {numbers(rule)}"]
    if rule.examples:
        lines.append(f"    for example {examples(rule.examples)}")
    if rule.next_step:
        lines.append(f"    next: {rule.next_step}")
    return "\n".join(lines)


def numbers(rule: RuleResult) -> str:
    """Return what a rule counted, or why it counted nothing."""
    if rule.reason is not None:
        first_line = (rule.reason.strip().splitlines() or ["no reason given"])[0]
        is_broken = rule.outcome is Outcome.BROKEN
        return f"{rule.expectation}: {first_line}" if is_broken else first_line
    if rule.unexpected_rows is None or not rule.total_rows:
        return f"found {rule.observed}" if rule.observed is not None else "it does not"
    share = 100 * rule.unexpected_rows / rule.total_rows
    return f"not so in {rule.unexpected_rows:,} of {rule.total_rows:,} {rule.unit} ({share:.4g}%)"


def examples(rows: Sequence[Mapping[str, str | None]]) -> str:
    """Return the first example rows as one line."""
    return "; ".join(
        ", ".join(f"{column}={value!r}" for column, value in row.items())
        for row in rows[:SHOWN_EXAMPLES]
    )


def _mark(outcome: Outcome) -> str:
    return {Outcome.WARNED: "WARNING", Outcome.BROKEN: "BROKEN CHECK"}.get(
        outcome, outcome.value.upper()
    )


def _count(rules: list[RuleResult], noun: str) -> str:
    return f"{len(rules)} {noun}{'' if len(rules) == 1 else 's'}"
