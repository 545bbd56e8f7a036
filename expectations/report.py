"""The sentences people read after a check: table, rule, numbers and example rows."""

from collections.abc import Mapping

from expectations.border import Border
from expectations.results import BorderResult, Outcome, RuleResult

SHOWN_EXAMPLES = 3


def summary(result: BorderResult) -> str:
    """Return one line: how many rules passed, warned, failed or are broken."""
    counts = {outcome: len(result.having(outcome)) for outcome in Outcome}
    parts = [f"{count} {outcome}" for outcome, count in counts.items() if count]
    return f"Checked {result.border} for build {result.build_id}: {', '.join(parts)}"


def warnings(result: BorderResult) -> list[str]:
    """Return one paragraph per warning."""
    return [_paragraph("WARNING", rule) for rule in result.having(Outcome.WARNED)]


def stop_message(border: Border, result: BorderResult) -> str:
    """Return why the build stops: failed rules first, then checks that are themselves broken."""
    failed = result.having(Outcome.FAILED)
    broken = result.having(Outcome.BROKEN)
    lines = [f"build {result.build_id} stops before {_next_step(border)}."]
    if failed:
        lines.append(f"{_count(failed, 'critical rule')} of the {border.meaning} failed:")
        lines += [_paragraph("FAILED", rule) for rule in failed]
    if broken:
        lines.append(
            f"{_count(broken, 'check')} could not be evaluated; that says nothing about the data:"
        )
        lines += [_broken_paragraph(rule) for rule in broken]
    lines.append(f"The rules are in {border.rules_file}; Data Docs: {result.data_docs}")
    return "\n".join(lines)


def _next_step(border: Border) -> str:
    return {"raw": "dbt reads it", "marts": "anything is published"}[border.name]


def _count(rules: list[RuleResult], noun: str) -> str:
    return f"{len(rules)} {noun}{'' if len(rules) == 1 else 's'}"


def _paragraph(mark: str, rule: RuleResult) -> str:
    lines = [f"  {mark} {rule.table}: {rule.rule}", f"    {_numbers(rule)}"]
    if rule.examples:
        shown = rule.examples[:SHOWN_EXAMPLES]
        lines.append("    for example " + "; ".join(_row(example) for example in shown))
    return "\n".join(lines)


def _broken_paragraph(rule: RuleResult) -> str:
    reason = (rule.error or "").strip().splitlines() or ["no reason given"]
    return f"  BROKEN CHECK {rule.table}: {rule.rule}\n    {rule.expectation}: {reason[0]}"


def _numbers(rule: RuleResult) -> str:
    if rule.unexpected_rows is None or not rule.total_rows:
        return f"found {rule.observed}" if rule.observed is not None else "it does not"
    share = 100 * rule.unexpected_rows / rule.total_rows
    return f"not so in {rule.unexpected_rows:,} of {rule.total_rows:,} rows ({share:.4g}%)"


def _row(example: Mapping[str, str | None]) -> str:
    return ", ".join(f"{column}={value!r}" for column, value in example.items())
